import type { IncomingMessage } from 'node:http';
import { pathOf } from './request-context.js';

/** What callers with a gateway key ask for, by the first segment below `/v1`. */
const BELOW_V1 = ['chat', 'responses', 'messages', 'embeddings', 'models', 'key', 'dashboard'];

const ANY_SPELLING = new RegExp(`^/*(?:v1/+)*((?:${BELOW_V1.join('|')})(?:/.*)?)$`);

/**
 * The path under which a request is served. Clients put their own `/v1`, or none, behind the base URL that they are given:
 * `/chat/completions`, `/v1/v1/messages` and `/v1//models` all mean what their last part says. Other paths stay as they are.
 */
function toServedPath(path: string): string {
  const isDoubtful = !path.startsWith('/v1/') || path.startsWith('/v1/v1/') || path.includes('//');
  if (!isDoubtful) return path;
  const rest = ANY_SPELLING.exec(path)?.[1];
  return rest === undefined ? path : `/v1/${rest.replaceAll(/\/{2,}/g, '/')}`;
}

/** Has everybody who comes later see the path of the request as it is served. @returns that path */
export function settlePath(request: IncomingMessage): string {
  const asked = pathOf(request);
  const served = toServedPath(asked);
  if (served !== asked) request.url = served + queryOf(request);
  return served;
}

function queryOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
