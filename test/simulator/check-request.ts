import type { IncomingHttpHeaders } from 'node:http';
import type { Question } from './question.ts';
import type { WireFormat } from './routes.ts';

/** The key that a vendor of this format would look at, or an empty string. Keys in another vendor's header are not seen. */
export function readKey(format: WireFormat, headers: IncomingHttpHeaders, query: URLSearchParams): string {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  switch (format) {
    case 'openai':
      return bearer || headerText(headers['api-key']);
    case 'anthropic':
      return headerText(headers['x-api-key']) || bearer;
    case 'gemini':
      return headerText(headers['x-goog-api-key']) || (query.get('key') ?? '') || bearer;
  }
}

export function isKeyAccepted(key: string): boolean {
  return key !== '' && !key.startsWith('bad-');
}

/** What the vendor would complain about, or null. */
export function findComplaint(question: Question, headers: IncomingHttpHeaders): string | null {
  switch (question.surface) {
    case 'openai-chat':
      return question.hasMessages
        ? null
        : "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    case 'openai-responses':
    case 'openai-embeddings':
      return question.hasMessages ? null : "Missing required parameter: 'input'.";
    case 'anthropic-messages':
      if (!headers['anthropic-version']) return 'anthropic-version: header is required';
      if (typeof question.body['max_tokens'] !== 'number') return 'max_tokens: Field required';
      return question.hasMessages ? null : 'messages: at least one message is required';
    case 'anthropic-count-tokens':
      return question.hasMessages ? null : 'messages: at least one message is required';
    case 'gemini-generate':
    case 'gemini-count-tokens':
    case 'gemini-embed':
      return question.hasMessages ? null : '* GenerateContentRequest.contents: contents is not specified';
  }
}

function headerText(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
