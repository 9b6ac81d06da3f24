import type { ChatRequest } from '../../contract/chat-request.js';
import { isTextOnly } from '../tools/refuse-modalities.js';

/** Names of the caller's settings that Anthropic's format has no word for. Settings at their neutral value are not named. */
export function listDropped(request: ChatRequest): string[] {
  const { sampling } = request;
  const dropped: string[] = [];
  const note = (given: boolean, name: string): void => {
    if (given) dropped.push(name);
  };
  note(sampling.seed !== undefined, 'seed');
  note((sampling.frequencyPenalty ?? 0) !== 0, 'frequency_penalty');
  note((sampling.presencePenalty ?? 0) !== 0, 'presence_penalty');
  note(Object.keys(sampling.logitBias ?? {}).length > 0, 'logit_bias');
  note(sampling.logprobs === true, 'logprobs');
  note((sampling.topLogprobs ?? 0) !== 0, 'top_logprobs');
  note(request.metadata !== undefined, 'metadata');
  for (const [name, value] of Object.entries(request.extensions ?? {})) note(!isTextOnly(name, value), name);
  return dropped;
}

/** Which of several names the caller used for a setting; the first where none stands in the body. */
export function nameAsSent(request: ChatRequest, first: string, ...others: readonly string[]): string {
  return [first, ...others].find((name) => Object.hasOwn(request.original.json, name)) ?? first;
}
