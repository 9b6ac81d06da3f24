import type { Request } from 'express';
import leven from 'leven';
import { GatewayError } from '../contract/gateway-error.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { errorFormatOf } from './error-format.js';
import { originOf } from './origin-of.js';
import { pathOf } from './request-context.js';

/** The part of Express's router that tells which paths there are. */
interface Router {
  readonly stack: readonly Layer[];
}
interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

const LONGEST_SHOWN = 200;
/** A name that is further away was not meant. */
const MOST_TYPOS = 3;
/** What no client SDK puts its base URL before. */
const OWN_PAGES = /^\/(?:admin|health|metrics|docs|docs-json)?(?:\/|$)/;

/** What a request that nothing serves is answered with. */
export interface UnknownPath {
  readonly error: GatewayError;
  /** The methods that the path has; empty: there is no such path. */
  readonly allowed: readonly string[];
}

export function judgeUnknownPath(request: Request): UnknownPath {
  const { stack } = (request.app as unknown as { readonly router: Router }).router;
  const path = pathOf(request).slice(0, LONGEST_SHOWN);
  const allowed = allowedMethods(stack, path);
  if (allowed.length > 0) {
    const message = `${path} is asked with ${allowed.join(' or ')}, not with ${request.method}`;
    return { error: new GatewayError('method_not_allowed', message), allowed };
  }
  const meant = nearestPath(stack, path);
  const sentences = [
    `There is no ${request.method} ${path}.`,
    ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
    ...(OWN_PAGES.test(path) ? [] : [adviseBaseUrl(request, path)]),
  ];
  return { error: new GatewayError('not_found', sentences.join(' ')), allowed };
}

function allowedMethods(stack: readonly Layer[], path: string): string[] {
  const methods = stack
    .filter((layer) => layer.route !== undefined && matches(layer, path))
    .flatMap(({ route }) => Object.keys(route?.methods ?? {}))
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].filter((method) => method !== '_ALL').sort();
}

/** Express throws at percent signs that encode nothing. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}

/** The path that this one ends in, as behind a base URL of somebody else, or that it differs little from. */
function nearestPath(stack: readonly Layer[], path: string): string | undefined {
  const served = stack
    .map(({ route }) => route?.path)
    .filter((served) => typeof served === 'string' && !/[:*]/.test(served) && served !== '/')
    .map(String);
  const contained = served
    .filter((each) => path.endsWith(each.replace(/^\/v1/, '')))
    .sort((one, other) => other.length - one.length);
  if (contained[0] !== undefined) return contained[0];
  const near = served
    .map((each) => ({ each, away: leven(each, path) }))
    .filter(({ away }) => away <= MOST_TYPOS)
    .sort((one, other) => one.away - other.away);
  return near[0]?.each;
}

function adviseBaseUrl(request: Request, path: string): string {
  const origin = originOf(request);
  return errorFormatOf(path, request.headers) === ANTHROPIC_MESSAGES_INBOUND
    ? `The base URL for clients of Anthropic's API is ${origin}, without /v1.`
    : `The base URL for clients of OpenAI's API is ${origin}/v1.`;
}
