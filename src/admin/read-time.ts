import { fault } from './read-query.js';

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_AND_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads a date (UTC) or a time; one without a zone is in UTC. A date alone is its beginning as `from`, and its end as
 * `to`, so that the day itself is in.
 * @returns Unix milliseconds
 * @throws GatewayError `invalid_request`
 */
export function readTime(name: 'from' | 'to', text: string): number {
  // A plus sign that was not escaped has become a space on its way.
  const given = text.replace(' ', '+');
  const [, moment, zone = 'Z'] = DATE_AND_TIME.exec(given) ?? [];
  const isDate = DATE.test(given);
  const time = isDate ? Date.parse(given) : moment === undefined ? NaN : Date.parse(moment + zone);
  if (Number.isNaN(time) || (isDate && !new Date(time).toISOString().startsWith(given))) {
    throw fault(name, text, 'a date or a time, such as 2026-01-31 or 2026-01-31T08:00:00Z');
  }
  return isDate && name === 'to' ? time + DAY_MS : time;
}

/** @throws GatewayError `invalid_request` when a period ends before it begins */
export function checkOrder(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from < to) return;
  throw fault(
    'to',
    new Date(to).toISOString(),
    `a time after from, which is ${new Date(from).toISOString()}`,
  );
}
