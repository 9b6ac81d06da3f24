import type { InboundFormat, OutboundFormat } from '../../src/contract/wire-format.js';
import {
  ANTHROPIC_MESSAGES_INBOUND,
  ANTHROPIC_MESSAGES_OUTBOUND,
} from '../../src/formats/anthropic-messages/anthropic-messages.format.js';
import {
  OPENAI_CHAT_INBOUND,
  OPENAI_CHAT_OUTBOUND,
} from '../../src/formats/openai-chat/openai-chat.format.js';
import type { SimulatorOptions } from '../simulator/simulator-options.ts';
import { readAnthropicBody, readAnthropicStream } from './expect/anthropic-messages.js';
import { readOpenaiChatBody, readOpenaiChatStream } from './expect/openai-chat.js';
import type { Reading } from './reading.js';
import type { Recording, RecordingMeta } from './recording.js';
import { findAnthropicFaults } from './validate/anthropic-messages.js';
import { findOpenaiChatFaults } from './validate/openai-chat.js';

/** A chat API of vendors, with everything that the suites need to replay its recordings. */
export interface ChatApi {
  readonly name: string;
  /** What `meta.api` says of its recordings. */
  readonly recordedAs: readonly string[];
  readonly outbound: OutboundFormat;
  readonly readBody: (body: Uint8Array) => Reading;
  readonly readStream: (body: Uint8Array) => Reading;
  /** The `vendor:` of a provider that this recording could come from. */
  readonly vendorOf: (meta: RecordingMeta) => string;
  readonly simulator: SimulatorOptions['format'];
  /** Where callers speak the same format; absent where none do. */
  readonly inbound?: { readonly format: InboundFormat; readonly path: string } | undefined;
  /** What the vendor's documentation forbids in this request; empty for a request that it takes. */
  readonly findFaults: (request: unknown) => readonly string[];
}

/** Vendors of the recordings that have a preset of their own; the others are reached as any compatible server is. */
const OWN_PRESET = new Set([
  'openai',
  'deepseek',
  'groq',
  'mistral',
  'moonshot',
  'ollama',
  'openrouter',
  'qwen',
  'xai',
  'zhipu',
]);

export const CHAT_APIS: readonly ChatApi[] = [
  {
    name: 'openai.chat',
    recordedAs: ['openai.chat', 'azure.openai.chat'],
    outbound: OPENAI_CHAT_OUTBOUND,
    readBody: readOpenaiChatBody,
    readStream: readOpenaiChatStream,
    vendorOf: ({ vendor }) => (OWN_PRESET.has(vendor) ? vendor : 'openai-compatible'),
    simulator: 'openai',
    inbound: { format: OPENAI_CHAT_INBOUND, path: '/v1/chat/completions' },
    findFaults: findOpenaiChatFaults,
  },
  {
    name: 'anthropic.messages',
    recordedAs: ['anthropic.messages'],
    outbound: ANTHROPIC_MESSAGES_OUTBOUND,
    readBody: readAnthropicBody,
    readStream: readAnthropicStream,
    vendorOf: () => 'anthropic',
    simulator: 'anthropic',
    inbound: { format: ANTHROPIC_MESSAGES_INBOUND, path: '/v1/messages' },
    findFaults: findAnthropicFaults,
  },
];

/** Why a recording is of no use here, by its API. */
const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'anthropic.complete': 'legacy text completion, which the gateway does not offer',
  'anthropic.count_tokens': 'no chat; count_tokens has tests of its own',
  'gemini.countTokens': 'no chat; count_tokens has tests of its own',
  'openai.completions': 'legacy text completion, which the gateway does not offer',
  'ollama.chat': "Ollama's own API; the gateway speaks to its OpenAI surface",
  'ollama.generate': "Ollama's own API; the gateway speaks to its OpenAI surface",
  'ollama.embed': "Ollama's own API; the gateway speaks to its OpenAI surface",
};

export function apiOf(recording: Recording): ChatApi | undefined {
  return CHAT_APIS.find((api) => api.recordedAs.includes(recording.meta.api));
}

/** `undefined` where the recording is replayed. */
export function skipReason(recording: Recording): string | undefined {
  if (apiOf(recording) !== undefined) return undefined;
  return NOT_REPLAYED[recording.meta.api] ?? 'no format for this API is registered in apis.ts yet';
}

/** What the vendor said, by the reader of its API. */
export function readRecording(api: ChatApi, recording: Recording): Reading {
  return isStream(recording) ? api.readStream(recording.body) : api.readBody(recording.body);
}

export function isStream(recording: Recording): boolean {
  return recording.meta.body_file.endsWith('.sse');
}
