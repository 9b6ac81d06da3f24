import type { ReasoningPart, RedactedReasoningPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { TEXT_SIGNATURE_PREFIX } from '../gemini/wire-types.js';
import { readArray, readString } from '../json/read-json.js';

type Reasoning = ReasoningPart | RedactedReasoningPart;

/**
 * Proofs of other vendors' thinking travel in `encrypted_content`, the one member that every client of this format
 * sends back unchanged. The mark says whose they are, so that they never reach a vendor that did not issue them.
 */
const SIGNATURE_MARK = 'sluice-signature:';
const REDACTED_MARK = 'sluice-redacted:';

/** Reads a `reasoning` item. The full text holds where a vendor shows it, else its summary. */
export function decodeReasoning(item: JsonObject): Reasoning {
  const text = joinTexts(item['content'], '') || joinTexts(item['summary'], '\n\n');
  const encrypted = readString(item['encrypted_content']);
  if (encrypted.startsWith(REDACTED_MARK))
    return { type: 'redacted-reasoning', data: encrypted.slice(REDACTED_MARK.length) };
  if (encrypted.startsWith(SIGNATURE_MARK))
    return { type: 'reasoning', text, signature: encrypted.slice(SIGNATURE_MARK.length) };
  const id = readString(item['id']);
  return {
    type: 'reasoning',
    text,
    ...(id === '' ? undefined : { id }),
    ...(encrypted === '' ? undefined : { encrypted }),
  };
}

/** `encrypted_content` of an answer's reasoning item; `undefined` for thinking that nobody has to prove. */
export function toEncryptedContent(proof: {
  readonly signature?: string | undefined;
  readonly encrypted?: string | undefined;
}): string | undefined {
  if (proof.encrypted !== undefined) return proof.encrypted;
  return proof.signature === undefined ? undefined : SIGNATURE_MARK + proof.signature;
}

export function toRedactedContent(data: string): string {
  return REDACTED_MARK + data;
}

/** A reasoning item of an answer. Whatever the vendor showed is told as its summary, which all clients read. */
export function encodeReasoning(part: Reasoning, id: string): JsonObject {
  const text = part.type === 'reasoning' ? part.text : '';
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: part.type === 'reasoning' ? toEncryptedContent(part) : toRedactedContent(part.data),
  };
}

/**
 * Whether a vendor of this format can make anything of a reasoning item that a caller sends back. Without its encrypted
 * or full content it is only a name in a store that does not exist, and other vendors' proofs are refused.
 */
export function isReadableReasoning(item: JsonObject): boolean {
  const encrypted = readString(item['encrypted_content']);
  if (encrypted !== '') return isReadableProof(encrypted);
  return joinTexts(item['content'], '') !== '';
}

/** Whether `encrypted_content` is of a vendor of this format; other vendors' proofs carry a mark. */
export function isReadableProof(encrypted: string): boolean {
  return ![SIGNATURE_MARK, REDACTED_MARK, TEXT_SIGNATURE_PREFIX].some((mark) => encrypted.startsWith(mark));
}

function joinTexts(value: JsonValue | undefined, separator: string): string {
  return readArray(value)
    .map((item) => (isJsonObject(item) ? readString(item['text']) : ''))
    .filter((text) => text !== '')
    .join(separator);
}
