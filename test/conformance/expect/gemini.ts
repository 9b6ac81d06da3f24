import { emptyAnswer, type ReadAnswer, type ReadFinish, type Reading, type ReadUsage } from '../reading.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

/** https://ai.google.dev/api/generate-content#FinishReason */
const FILTERED = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
]);

/** How some clients have the words written. */
const NUMBERED = [undefined, 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER'];

/** A `GenerateContentResponse`: https://ai.google.dev/api/generate-content */
export function readGeminiBody(body: Uint8Array): Reading {
  return readPieces([JSON.parse(new TextDecoder().decode(body))]);
}

/** Whole responses one after the other; the frames just end. The report of the last one holds. */
export function readGeminiStream(body: Uint8Array): Reading {
  return { ...readPieces(readSse(body).map(({ data }): unknown => JSON.parse(data))), isEnded: false };
}

function readPieces(pieces: readonly unknown[]): Reading {
  const answers: ReadAnswer[] = [];
  let usage: ReadUsage | undefined;
  for (const piece of pieces) {
    const json = toMembers(piece);
    usage = json['usageMetadata'] === undefined ? usage : readUsage(toMembers(json['usageMetadata']));
    const error = readError(json);
    if (error !== undefined) return { answers, usage, error, isEnded: false };
    for (const [position, item] of toList(json['candidates']).entries()) {
      const candidate = toMembers(item);
      addCandidate((answers[toCount(candidate['index']) ?? position] ??= emptyAnswer()), candidate);
    }
  }
  return { answers, usage, error: undefined, isEnded: true };
}

function addCandidate(answer: ReadAnswer, candidate: Members): void {
  for (const item of toList(toMembers(candidate['content'])['parts'])) {
    const part = toMembers(item);
    const call = part['functionCall'];
    if (part['thought'] === true) answer.reasoning += toText(part['text']);
    else answer.text += toText(part['text']);
    if (call === undefined) continue;
    const { id, name, args } = toMembers(call);
    answer.toolCalls.push({ id: toText(id), name: toText(name), arguments: JSON.stringify(args ?? {}) });
  }
  const word = candidate['finishReason'];
  if (word !== undefined) answer.finish = toFinish(typeof word === 'number' ? NUMBERED[word] : word, answer);
}

function toFinish(word: unknown, answer: ReadAnswer): ReadFinish {
  if (FILTERED.has(String(word))) return 'content_filter';
  if (word === 'MAX_TOKENS') return 'length';
  return answer.toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

/** `promptTokenCount` has the cached tokens in it, `candidatesTokenCount` has no thoughts in it. Zeros are left out. */
function readUsage(usage: Members): ReadUsage {
  const prompt = toCount(usage['promptTokenCount']);
  const input = prompt === undefined ? undefined : prompt + (toCount(usage['toolUsePromptTokenCount']) ?? 0);
  const candidates = toCount(usage['candidatesTokenCount']);
  const thoughts = toCount(usage['thoughtsTokenCount']);
  const total = toCount(usage['totalTokenCount']);
  const isSaid = candidates !== undefined || thoughts !== undefined;
  const rest = total === undefined || input === undefined ? undefined : total - input;
  return present<ReadUsage>({
    input,
    output: isSaid ? (candidates ?? 0) + (thoughts ?? 0) : rest,
    cacheRead: toCount(usage['cachedContentTokenCount']),
    cacheWrite: undefined,
    reasoning: thoughts,
  });
}

function readError(json: Members): string | undefined {
  if (json['error'] !== undefined) return toText(toMembers(json['error'])['message']);
  const reason = toMembers(json['promptFeedback'])['blockReason'];
  return reason === undefined ? undefined : `blocked: ${toText(reason)}`;
}
