import { ERROR_CATALOGUE } from '../../src/contract/gateway-error.js';

/** What callers speak, by path. */
export const CALLER_PATHS = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
  simple: '/v1/chat',
} as const;
export type CallerFormat = keyof typeof CALLER_PATHS;
export const CALLER_FORMATS = Object.keys(CALLER_PATHS) as readonly CallerFormat[];

export function toCallerBody(format: CallerFormat, model: string, stream: boolean, content: string): object {
  const messages = [{ role: 'user', content }];
  switch (format) {
    case 'chat':
    case 'simple':
      return { model, stream, messages };
    case 'messages':
      return { model, stream, messages, max_tokens: 1000 };
    case 'responses':
      return { model, stream, input: content };
  }
}

/** How an answer ended, as its own format says it. `cut`: it neither says that it is whole nor why it is not. */
export interface CallerAnswer {
  readonly end: 'whole' | 'error' | 'cut';
  readonly content: string;
  /** The code or type of the error; `untyped` where it has none that the format knows. */
  readonly error: string | undefined;
}

interface Piece {
  readonly type?: string;
  readonly error?:
    { readonly code?: string; readonly type?: string; readonly message?: string } | string | null;
  readonly details?: readonly string[];
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null };
    readonly message?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly content?: string | readonly { readonly text?: string }[];
  readonly delta?: string | { readonly text?: string };
  readonly stop_reason?: string | null;
  readonly status?: string;
  readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[];
  readonly response?: { readonly error?: { readonly code?: string } | null };
  readonly usage?: unknown;
  readonly code?: string;
}

/** Reads a body or a whole stream. */
export function readCallerAnswer(
  format: CallerFormat,
  status: number,
  isStream: boolean,
  text: string,
): CallerAnswer {
  const data = isStream ? [...text.matchAll(/^data: (.*)$/gm)].map(([, value = '']) => value) : [text];
  const pieces = data.filter((value) => value !== '[DONE]').map((value) => JSON.parse(value) as Piece);
  const failures = pieces.filter(isFailure);
  const [failure] = failures;
  const content = pieces.map((piece) => contentOf(format, piece, isStream)).join('');
  const isWhole = isStream ? isWholeStream(format, pieces, data.at(-1)) : isWholeBody(format, pieces[0]);
  if (failure !== undefined) {
    // It must say so once (Responses: by an `error` and a `response.failed`), and must not say that it is whole.
    const isTold = failures.length === 1 || (format === 'responses' && isStream && failures.length === 2);
    const isSound = !isWhole && isTold && (isStream || status >= 400);
    return { end: 'error', content, error: isSound ? nameOf(format, failure) : 'untyped' };
  }
  return { end: isWhole && status === 200 ? 'whole' : 'cut', content, error: undefined };
}

function isFailure({ type, error }: Piece): boolean {
  return type === 'error' || type === 'response.failed' || (error !== undefined && error !== null);
}

function contentOf(format: CallerFormat, piece: Piece, isStream: boolean): string {
  const { choices = [], content, delta, output = [], type } = piece;
  switch (format) {
    case 'chat':
      return choices.map((choice) => (choice.delta ?? choice.message)?.content ?? '').join('');
    case 'simple':
      return typeof content === 'string' ? content : '';
    case 'messages':
      if (isStream) return typeof delta === 'object' ? (delta.text ?? '') : '';
      return Array.isArray(content)
        ? content.map((block: { text?: string }) => block.text ?? '').join('')
        : '';
    case 'responses':
      if (isStream) return type === 'response.output_text.delta' && typeof delta === 'string' ? delta : '';
      return output.flatMap((item) => (item.content ?? []).map((part) => part.text ?? '')).join('');
  }
}

function isWholeStream(format: CallerFormat, pieces: readonly Piece[], last: string | undefined): boolean {
  switch (format) {
    case 'chat':
      return last === '[DONE]' && pieces.some(({ choices = [] }) => choices.some(hasFinish));
    case 'simple':
      return last === '[DONE]' && pieces.at(-1)?.usage !== undefined;
    case 'messages':
      return pieces.at(-1)?.type === 'message_stop';
    case 'responses':
      return pieces.at(-1)?.type === 'response.completed';
  }
}

function isWholeBody(format: CallerFormat, body: Piece | undefined): boolean {
  switch (format) {
    case 'chat':
      return body?.choices?.some(hasFinish) === true;
    case 'simple':
      return typeof body?.content === 'string';
    case 'messages':
      return typeof body?.stop_reason === 'string';
    case 'responses':
      return body?.status === 'completed';
  }
}

function hasFinish({ finish_reason }: { readonly finish_reason?: string | null }): boolean {
  return typeof finish_reason === 'string';
}

const ANTHROPIC_TYPES = new Set(Object.values(ERROR_CATALOGUE).map(({ anthropicType }) => anthropicType));

function nameOf(format: CallerFormat, { error, details, response, code }: Piece): string {
  if (format === 'simple') return typeof error === 'string' && Array.isArray(details) ? error : 'untyped';
  const fields = typeof error === 'object' && error !== null ? error : {};
  if (format === 'messages') {
    const { type = '' } = fields;
    return ANTHROPIC_TYPES.has(type) ? type : 'untyped';
  }
  const name = fields.code ?? response?.error?.code ?? code ?? '';
  // Responses has words of its own for failed answers.
  return name in ERROR_CATALOGUE || (format === 'responses' && name !== '') ? name : 'untyped';
}
