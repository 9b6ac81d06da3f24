/** What an exchange says, in words that every API has. Written by readers that know nothing of `src/formats`. */
export interface Reading {
  /** By the index of the answer. */
  readonly answers: readonly ReadAnswer[];
  /** Totals: `input` has cached and cache-written tokens in it, `output` has reasoning in it. Absent is not zero. */
  readonly usage: ReadUsage | undefined;
  /** The message of an error inside a 200. */
  readonly error: string | undefined;
  /** Whether the API's end marker came, for streams. */
  readonly isEnded: boolean;
}

export interface ReadAnswer {
  text: string;
  reasoning: string;
  refusal: string;
  toolCalls: ReadToolCall[];
  finish: ReadFinish | null;
}

export type ReadFinish = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** `arguments` is the JSON text as the model wrote it, or the free text of a custom tool. */
export interface ReadToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface ReadUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

export function emptyAnswer(): ReadAnswer {
  return { text: '', reasoning: '', refusal: '', toolCalls: [], finish: null };
}
