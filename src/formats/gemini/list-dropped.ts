import type { ChatRequest } from '../../contract/chat-request.js';
import { isTextOnly } from '../tools/refuse-modalities.js';

/** Service tiers that mean nothing but the usual one. */
const USUAL_TIERS = new Set(['auto', 'default', 'standard_only']);

/** Names of the caller's settings that Gemini has no word for. Settings at their neutral value are not named. */
export function listDropped(request: ChatRequest): string[] {
  const dropped: string[] = [];
  const note = (given: boolean, name: string): void => {
    if (given) dropped.push(name);
  };
  note(Object.keys(request.sampling.logitBias ?? {}).length > 0, 'logit_bias');
  note(request.serviceTier !== undefined && !USUAL_TIERS.has(request.serviceTier), 'service_tier');
  const hasMetadata = request.metadata !== undefined;
  note(request.user !== undefined && !hasMetadata, nameAsSent(request, 'user', 'metadata'));
  note(hasMetadata, 'metadata');
  note(request.user !== undefined && hasMetadata && request.original.json['user'] !== undefined, 'user');
  for (const [name, value] of Object.entries(request.extensions ?? {})) note(!isTextOnly(name, value), name);
  return dropped;
}

/** Which of several names the caller used for a setting; the first where none stands in the body. */
export function nameAsSent(request: ChatRequest, first: string, ...others: readonly string[]): string {
  return [first, ...others].find((name) => Object.hasOwn(request.original.json, name)) ?? first;
}
