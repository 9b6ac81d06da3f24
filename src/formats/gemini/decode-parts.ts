import type { AudioPart, DocumentPart, ImagePart } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readObject, readString } from '../json/read-json.js';
import { toSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { TEXT_SIGNATURE_PREFIX } from './wire-types.js';

/** A function call, always whole: Gemini sends no fragments unless asked for them. */
export interface DecodedCall {
  /** The vendor's, or one minted from the answer's id and the call's place; with the signature in it where there is one. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Where a call stands, for an id that is the same each time the same answer is read. */
export interface CallPlace {
  readonly answerId: string;
  readonly choice: number;
  readonly index: number;
}

export function decodeCall(
  call: JsonObject,
  part: JsonObject,
  place: CallPlace,
  options: DecodeOptions | undefined,
): DecodedCall {
  const name = readString(call['name']);
  const id = readString(call['id']) || mintId(place);
  const signature = readSignature(part);
  return {
    id: signature === '' ? id : toSignedToolCallId(id, signature),
    name: options?.toolNames?.get(name) ?? name,
    arguments: JSON.stringify(readObject(call['args']) ?? {}),
  };
}

function mintId({ answerId, choice, index }: CallPlace): string {
  const base = answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24);
  return `call_${base}_${choice === 0 ? '' : `${String(choice)}_`}${String(index)}`;
}

/** A part's signature; older versions write it in snake case. */
export function readSignature(part: JsonObject): string {
  return readString(part['thoughtSignature']) || readString(part['thought_signature']);
}

/** The signature of a text part, as `ReasoningPart.encrypted` carries it. */
export function encryptSignature(signature: string): string {
  return TEXT_SIGNATURE_PREFIX + signature;
}

/** Pictures, sounds and files that the model made. */
export function decodeInlineData(data: JsonObject): ImagePart | AudioPart | DocumentPart {
  const mediaType = readString(data['mimeType']);
  const bytes = readString(data['data']);
  if (mediaType.startsWith('audio/'))
    return { type: 'audio', data: bytes, encoding: mediaType.slice('audio/'.length) };
  const source = { kind: 'base64', mediaType, data: bytes } as const;
  return mediaType.startsWith('image/') ? { type: 'image', source } : { type: 'document', source };
}

/** Sources of an answer: what a search grounded it on, what it quotes. */
export function readAnnotations(candidate: JsonObject): readonly JsonObject[] {
  const { groundingMetadata, citationMetadata } = candidate;
  const items: JsonObject[] = [];
  if (hasMembers(groundingMetadata)) items.push({ groundingMetadata });
  if (hasMembers(citationMetadata)) items.push({ citationMetadata });
  return items;
}

function hasMembers(value: JsonObject[string]): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
