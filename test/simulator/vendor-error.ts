import type { OpenAiFlavour } from './formats/openai-chat.ts';
import { toBodyReply, toJsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { anthropicFacts } from './vendor-errors/anthropic-errors.ts';
import { deepSeekFacts } from './vendor-errors/deepseek-errors.ts';
import type { ErrorFacts, ErrorName } from './vendor-errors/error-facts.ts';
import { geminiFacts } from './vendor-errors/gemini-errors.ts';
import { openAiFacts } from './vendor-errors/openai-errors.ts';

export type VendorStyle = OpenAiFlavour | 'anthropic' | 'gemini';

const HTML_502 =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n' +
  '<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n';

/** The answer of this vendor for an error, in its own words and shape. A 502 is the HTML page of the proxy in front. */
export function toVendorError(
  style: VendorStyle,
  name: ErrorName,
  options: { model: string; key: string; serial: number; message?: string; headers?: Record<string, string> },
): Reply {
  const headers = { ...vendorHeaders(style, name, options.serial), ...options.headers };
  if (name === 502 && options.message === undefined) return toBodyReply(502, HTML_502, 'text/html', headers);
  const found = factsOf(style, name, options.model, options.key);
  const facts = { ...found, message: options.message ?? found.message };
  return toJsonReply(facts.status, encodeError(style, facts, options.serial), headers);
}

function encodeError(style: VendorStyle, facts: ErrorFacts, serial: number): unknown {
  switch (style) {
    case 'openai':
    case 'deepseek':
      return {
        error: {
          message: facts.message,
          type: facts.type,
          param: facts.param ?? null,
          code: facts.code ?? null,
        },
      };
    case 'anthropic':
      return {
        type: 'error',
        error: { type: facts.type, message: facts.message },
        request_id: requestId(serial),
      };
    case 'gemini':
      return {
        error: {
          code: facts.status,
          message: facts.message,
          status: facts.type,
          ...(facts.details ? { details: facts.details } : {}),
        },
      };
  }
}

function vendorHeaders(style: VendorStyle, name: ErrorName, serial: number): Record<string, string> {
  if (style === 'anthropic') {
    const isTransient =
      typeof name === 'number' && (name === 408 || name === 409 || name === 429 || name >= 500);
    return { 'request-id': requestId(serial), 'x-should-retry': String(isTransient) };
  }
  return style === 'openai' ? { 'x-request-id': requestId(serial) } : {};
}

function requestId(serial: number): string {
  return `req_${String(serial).padStart(12, '0')}`;
}

function factsOf(style: VendorStyle, name: ErrorName, model: string, key: string): ErrorFacts {
  switch (style) {
    case 'openai':
      return openAiFacts(name, model, key);
    case 'deepseek':
      return deepSeekFacts(name, model, key);
    case 'anthropic':
      return anthropicFacts(name, model);
    case 'gemini':
      return geminiFacts(name, model);
  }
}
