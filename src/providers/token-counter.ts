import { Injectable } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { UnreadableAnswer } from '../contract/wire-format.js';
import { joinHeaders } from './http/join-headers.js';
import { JsonCaller } from './json-caller.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';

/** An estimate now is worth more than a count later. */
const LONGEST_COUNT_MS = 10_000;

/** One count to ask for. */
export interface TokenCount {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly request: ChatRequest;
  /** Of this call alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: CancelSignal;
}

/** Asks vendors how many tokens a request has. Nothing is generated and nothing is billed. */
@Injectable()
export class TokenCounter {
  constructor(private readonly caller: JsonCaller) {}

  canCount({ adapter }: ProviderEndpoint): boolean {
    return adapter.tokenCountUrl !== undefined;
  }

  /** @throws CallFailure with the facts of what went wrong */
  count({ endpoint, model, key, request, headers, signal }: TokenCount): Promise<number> {
    const { adapter, baseUrl } = endpoint;
    const url = adapter.tokenCountUrl?.(baseUrl);
    if (url === undefined) throw new Error(`${endpoint.name} does not count tokens`);
    const encoded = adapter.format.encodeRequest(request, {
      model,
      traits: endpoint.traitsOf(model),
    });
    return this.caller.call({
      endpoint,
      model,
      key,
      url,
      body: encoded.body,
      headers: joinHeaders(encoded.headers, headers),
      signal,
      timeoutMs: LONGEST_COUNT_MS,
      decode: readCount,
      decodeError: (response) => adapter.format.decodeError(response),
    });
  }
}

function readCount(text: string): number {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new UnreadableAnswer('the answer is not JSON');
  }
  const count =
    typeof answer === 'object' && answer !== null && 'input_tokens' in answer && answer.input_tokens;
  if (typeof count !== 'number') throw new UnreadableAnswer('the answer has no input_tokens');
  return count;
}
