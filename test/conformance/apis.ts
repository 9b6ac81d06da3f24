import type { InboundFormat, OutboundFormat } from '../../src/contract/wire-format.js';
import {
  ANTHROPIC_MESSAGES_INBOUND,
  ANTHROPIC_MESSAGES_OUTBOUND,
} from '../../src/formats/anthropic-messages/anthropic-messages.format.js';
import { GEMINI_OUTBOUND } from '../../src/formats/gemini/gemini.format.js';
import {
  OPENAI_CHAT_INBOUND,
  OPENAI_CHAT_OUTBOUND,
} from '../../src/formats/openai-chat/openai-chat.format.js';
import {
  OPENAI_RESPONSES_INBOUND,
  OPENAI_RESPONSES_OUTBOUND,
} from '../../src/formats/openai-responses/openai-responses.format.js';
import type { SimulatorOptions } from '../simulator/simulator-options.ts';
import { readAnthropicBody, readAnthropicStream } from './expect/anthropic-messages.js';
import { readGeminiBody, readGeminiStream } from './expect/gemini.js';
import { readOpenaiChatBody, readOpenaiChatStream } from './expect/openai-chat.js';
import { readResponsesBody, readResponsesStream } from './expect/openai-responses.js';
import type { Reading } from './reading.js';
import type { Recording, RecordingMeta } from './recording.js';
import { findAnthropicFaults } from './validate/anthropic-messages.js';
import { findGeminiFaults } from './validate/gemini.js';
import { findOpenaiChatFaults } from './validate/openai-chat.js';
import { findResponsesFaults } from './validate/openai-responses.js';

export interface Upstream {
  /** The `vendor:` of a provider that this recording could come from. */
  readonly vendorOf: (meta: RecordingMeta) => string;
  readonly simulator: SimulatorOptions['format'];
}

/** A chat API of vendors, with everything that the suites need to replay its recordings. */
export interface ChatApi {
  readonly name: string;
  /** What `meta.api` says of its recordings. */
  readonly recordedAs: readonly string[];
  readonly outbound: OutboundFormat;
  readonly readBody: (body: Uint8Array) => Reading;
  readonly readStream: (body: Uint8Array) => Reading;
  /** How the gateway reaches vendors of this API; absent where no adapter speaks it. */
  readonly upstream?: Upstream | undefined;
  /** Whether ids of tool calls become longer: a vendor's signature travels in them, and an id is made where none came. */
  readonly hasSignedCallIds?: boolean;
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
    upstream: {
      vendorOf: ({ vendor }) => (OWN_PRESET.has(vendor) ? vendor : 'openai-compatible'),
      simulator: 'openai',
    },
    inbound: { format: OPENAI_CHAT_INBOUND, path: '/v1/chat/completions' },
    findFaults: findOpenaiChatFaults,
  },
  {
    name: 'anthropic.messages',
    recordedAs: ['anthropic.messages'],
    outbound: ANTHROPIC_MESSAGES_OUTBOUND,
    readBody: readAnthropicBody,
    readStream: readAnthropicStream,
    upstream: { vendorOf: () => 'anthropic', simulator: 'anthropic' },
    inbound: { format: ANTHROPIC_MESSAGES_INBOUND, path: '/v1/messages' },
    findFaults: findAnthropicFaults,
  },
  {
    name: 'gemini.generate',
    recordedAs: ['gemini.generateContent', 'gemini.streamGenerateContent'],
    outbound: GEMINI_OUTBOUND,
    readBody: readGeminiBody,
    readStream: readGeminiStream,
    upstream: { vendorOf: () => 'gemini', simulator: 'gemini' },
    hasSignedCallIds: true,
    findFaults: findGeminiFaults,
  },
  {
    name: 'openai.responses',
    recordedAs: ['openai.responses', 'azure.openai.responses'],
    outbound: OPENAI_RESPONSES_OUTBOUND,
    readBody: readResponsesBody,
    readStream: readResponsesStream,
    upstream: { vendorOf: () => 'openai-responses', simulator: 'openai' },
    inbound: { format: OPENAI_RESPONSES_INBOUND, path: '/v1/responses' },
    findFaults: findResponsesFaults,
  },
];

/** APIs beside chat, each with a suite of its own. */
const OTHER_APIS: Readonly<Record<string, readonly string[]>> = {
  embeddings: ['openai.embeddings', 'azure.openai.embeddings', 'gemini.batchEmbedContents'],
  'anthropic.count_tokens': ['anthropic.count_tokens'],
};

/** The names under which recordings are counted. */
export const API_NAMES: readonly string[] = [
  ...CHAT_APIS.map(({ name }) => name),
  ...Object.keys(OTHER_APIS),
];

/** Why a recording is of no use here, by its API. */
const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'anthropic.complete': 'legacy text completion, which the gateway does not offer',
  'gemini.countTokens': "the gateway estimates tokens for targets that do not count in Anthropic's format",
  'openai.completions': 'legacy text completion, which the gateway does not offer',
  'ollama.chat': "Ollama's own API; the gateway speaks to its OpenAI surface",
  'ollama.generate': "Ollama's own API; the gateway speaks to its OpenAI surface",
  'ollama.embed': "Ollama's own API; the gateway speaks to its OpenAI surface",
};

/** The chat API of a recording; `undefined` for every other one. */
export function apiOf(recording: Recording): ChatApi | undefined {
  if (isJsonArray(recording)) return undefined;
  return CHAT_APIS.find((api) => api.recordedAs.includes(recording.meta.api));
}

/** The name under which a recording is counted; `undefined` for one of an API that the gateway does not speak. */
export function apiNameOf(recording: Recording): string | undefined {
  const { api } = recording.meta;
  const other = Object.entries(OTHER_APIS).find(([, recordedAs]) => recordedAs.includes(api));
  return apiOf(recording)?.name ?? other?.[0];
}

/** `undefined` where the recording is replayed. */
export function skipReason(recording: Recording): string | undefined {
  if (apiNameOf(recording) !== undefined) return undefined;
  if (isJsonArray(recording))
    return 'a stream as a JSON array, which the gateway never asks for (it sends alt=sse)';
  return NOT_REPLAYED[recording.meta.api] ?? 'no format for this API is registered in apis.ts yet';
}

function isJsonArray(recording: Recording): boolean {
  return recording.meta.body_file.endsWith('.jsonarray.json');
}

/** What the vendor said, by the reader of its API. */
export function readRecording(api: ChatApi, recording: Recording): Reading {
  return isStream(recording) ? api.readStream(recording.body) : api.readBody(recording.body);
}

export function isStream(recording: Recording): boolean {
  return recording.meta.body_file.endsWith('.sse');
}
