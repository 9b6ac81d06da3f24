import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { EventTooLarge } from '../../formats/sse/sse-decoder.js';
import { CallFailure } from '../call-failure.js';
import { ProxyFailure } from './connectors.js';

/** What this machine or process has run out of. */
const SHORTAGES = new Map([
  ['EMFILE', 'no file descriptors are left to this process (see ulimit -n)'],
  ['ENFILE', 'no file descriptors are left on this machine'],
  ['ENOMEM', 'no memory is left for a connection'],
  ['ENOBUFS', 'no memory is left for a connection'],
  ['EADDRNOTAVAIL', 'no local address or port is left for a connection'],
  ['EADDRINUSE', 'no local address or port is left for a connection'],
]);

const UNREACHABLE = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'host name look-up failed'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['EHOSTDOWN', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['ENETDOWN', 'network unreachable'],
  ['EAFNOSUPPORT', 'network unreachable'],
  ['EACCES', 'connection not permitted'],
  ['EPERM', 'connection not permitted'],
  ['EPROTO', 'TLS failure'],
  ['ERR_FORBIDDEN_ADDRESS', 'link-local or metadata address refused'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS certificate refused'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS certificate refused'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS certificate refused'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS certificate refused'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'TLS certificate refused'],
]);

/** Node's errors of TLS, and OpenSSL's of certificates. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$)/;

const CONNECTION_TIMEOUT = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** The other side, or the network between, ended a connection that stood. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ENETRESET',
  'ENOTCONN',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ESHUTDOWN',
  'UND_ERR_SOCKET',
  'UND_ERR_INFO',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * Reads what was thrown on the way of a call. What is known as the doing of the other side or of the network is theirs;
 * everything else, a mistake in this code included, is a fault of the gateway, from which nothing follows for the vendor.
 * The detail is ours, never the error's own text.
 */
export function toCallFailure(error: unknown, connectTimeoutMs: number): CallFailure {
  if (error instanceof CallFailure) return error;
  if (error instanceof UnreadableAnswer) return toUnreadable(error);
  if (error instanceof EventTooLarge) return gatewayFault(error.message, error);
  const code = readCode(error);
  const shortage = SHORTAGES.get(code) ?? (isLookup(error) ? findShortage() : undefined);
  if (shortage !== undefined) return gatewayFault(shortage, error);
  if (error instanceof ProxyFailure) {
    return new CallFailure({ type: 'unreachable', detail: error.message }, error);
  }
  if (CONNECTION_TIMEOUT.has(code)) {
    return new CallFailure(
      { type: 'timeout', waitingFor: 'connection', milliseconds: connectTimeoutMs },
      error,
    );
  }
  const unreachable = UNREACHABLE.get(code) ?? (TLS_CODE.test(code) ? 'TLS failure' : undefined);
  if (unreachable !== undefined) return new CallFailure({ type: 'unreachable', detail: unreachable }, error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return gatewayFault('the head of the answer is larger than the limit of 64 KB', error);
  }
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_RES_')) {
    return new CallFailure({ type: 'unreadable', detail: 'not an HTTP answer' }, error);
  }
  if (/^(?:Z_|ERR_BROTLI|ERR__ERROR)/.test(code)) {
    return new CallFailure({ type: 'unreadable', detail: 'broken compression' }, error);
  }
  if (BROKEN.has(code)) return new CallFailure({ type: 'reset', detail: 'connection reset' }, error);
  return toSystemFailure(error, code) ?? gatewayFault('a fault of the gateway', error);
}

/** An answer that cannot be read, or an error that stands in the place of one. */
export function toUnreadable(error: UnreadableAnswer | SyntaxError): CallFailure {
  return !(error instanceof UnreadableAnswer) || error.vendorError === undefined
    ? new CallFailure({ type: 'unreadable', detail: 'unreadable answer' }, error)
    : new CallFailure({ type: 'vendor-error', error: error.vendorError, inStream: true }, error);
}

export function gatewayFault(detail: string, cause?: unknown): CallFailure {
  return new CallFailure({ type: 'gateway-fault', detail, cause }, cause);
}

/** Errors of the operating system that no list names, by what was going on. */
function toSystemFailure(error: unknown, code: string): CallFailure | undefined {
  switch (readMember(error, 'syscall')) {
    case 'connect':
      return new CallFailure({ type: 'unreachable', detail: `no connection (${code})` }, error);
    case 'getaddrinfo':
      return new CallFailure({ type: 'unreachable', detail: 'host name look-up failed' }, error);
    case 'read':
    case 'write':
      return new CallFailure({ type: 'reset', detail: 'connection reset' }, error);
    default:
      return undefined;
  }
}

function isLookup(error: unknown): boolean {
  return readMember(error, 'syscall') === 'getaddrinfo';
}

/** A look-up that finds no descriptor for its own socket says only that it failed. */
function findShortage(): string | undefined {
  try {
    closeSync(openSync(devNull, 'r'));
    return undefined;
  } catch (error) {
    return SHORTAGES.get(readCode(error));
  }
}

function readCode(error: unknown): string {
  return readMember(error, 'code') ?? '';
}

/** A text of the error itself, or else of its causes. */
function readMember(error: unknown, name: 'code' | 'syscall'): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const value = (at as NodeJS.ErrnoException)[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
