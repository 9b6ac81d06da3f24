import { servedBy, type Exchange } from './exchange.js';

/** Sets what every answer says of its way, errors included; not yet where a stream begins before anybody has answered. */
export function writeRoutingHeaders(exchange: Exchange, isOver = true): void {
  const { response, routing } = exchange;
  if (response.headersSent) return;
  if (!isOver && exchange.served === undefined && exchange.hit === undefined) return;
  const served = servedBy(exchange);
  if (served !== undefined) {
    response.setHeader('x-sluice-provider', served.provider);
    response.setHeader('x-sluice-model', headerText(served.model));
  }
  response.setHeader('x-sluice-attempts', String(routing.attempts.length));
  response.setHeader('x-sluice-cache', exchange.cache);
  if (exchange.hit !== undefined) response.setHeader('age', String(Math.floor(exchange.hit.ageMs / 1_000)));
}

/** Names what the target could not take of the request. */
export function writeDroppedHeader({ response }: Exchange, dropped: readonly string[]): void {
  if (dropped.length > 0) response.setHeader('x-sluice-dropped', headerText(dropped.join(',')));
}

const NANO = 1e9;

/** `null` (no price known) sets nothing. */
export function writeCostHeader({ response }: Exchange, cost: number | null): void {
  if (cost === null) return;
  const dollars = (cost / NANO).toFixed(9);
  let end = dollars.length;
  while (dollars.endsWith('0', end)) end--;
  if (dollars.endsWith('.', end)) end--;
  response.setHeader('x-sluice-cost-usd', dollars.slice(0, end));
}

/** Header values take visible ASCII; a model's name may be anything. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}
