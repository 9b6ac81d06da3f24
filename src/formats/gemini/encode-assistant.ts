import type { AssistantPart, ToolCallPart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { describeJson } from '../json/read-json.js';
import { readSignedToolCallId } from '../tools/signed-tool-call-id.js';
import type { EncodingNotes } from './encode-parts.js';
import { encodeMedia } from './encode-media.js';
import { SKIPPED_SIGNATURE, TEXT_SIGNATURE_PREFIX } from './wire-types.js';

/**
 * Writes a model turn. Reasoning itself stays out: Gemini does not want its summaries back, only the signature that came
 * with the text after them. `path` is the message's: `messages[3]`.
 * @throws GatewayError `invalid_request` naming the tool call whose arguments are not a JSON object
 */
export function encodeAssistantParts(
  parts: readonly AssistantPart[],
  path: string,
  notes: EncodingNotes,
): JsonObject[] {
  const encoded: JsonObject[] = [];
  let textSignature: string | undefined;
  let calls = 0;
  let isSigned = false;
  for (const [index, part] of parts.entries()) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        if (part.text === '') break;
        encoded.push(
          textSignature === undefined
            ? { text: part.text }
            : { text: part.text, thoughtSignature: textSignature },
        );
        textSignature = undefined;
        break;
      case 'reasoning':
        if (part.encrypted?.startsWith(TEXT_SIGNATURE_PREFIX) === true)
          textSignature = part.encrypted.slice(TEXT_SIGNATURE_PREFIX.length);
        break;
      case 'redacted-reasoning':
        break;
      case 'tool-call': {
        const { id, signature = part.signature } = readSignedToolCallId(part.id);
        isSigned ||= signature !== undefined;
        // Of parallel calls only the first is signed.
        const sent =
          signature ?? (notes.isGemini3 && !isSigned && calls === 0 ? SKIPPED_SIGNATURE : undefined);
        encoded.push(encodeCall(part, id, sent, `${path}.tool_calls[${String(calls)}]`, notes));
        calls += 1;
        break;
      }
      case 'image':
      case 'document':
        encoded.push(encodeMedia(part, `${path}.content[${String(index)}]`));
        break;
      case 'audio':
        // The sound of an earlier answer; models of Gemini take sound from users only.
        notes.dropped.add('messages.content.audio');
        break;
      case 'opaque':
        if (part.format === 'gemini') encoded.push(part.value);
        else notes.dropped.add(`${path}.content[${String(index)}]`);
        break;
    }
  }
  return encoded;
}

function encodeCall(
  part: ToolCallPart,
  id: string,
  signature: string | undefined,
  path: string,
  notes: EncodingNotes,
): JsonObject {
  const args =
    part.custom === true
      ? { input: part.arguments }
      : readArguments(part.arguments, `${path}.function.arguments`);
  return {
    functionCall: { id: id === '' ? undefined : id, name: notes.toolName(part.name), args },
    thoughtSignature: signature,
  };
}

/** Models write nothing, or `null`, for a call without arguments. */
function readArguments(text: string, path: string): JsonObject {
  if (text.trim() === '') return {};
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    throw refuse(path, 'text that is not JSON');
  }
  if (value === null) return {};
  if (!isJsonObject(value)) throw refuse(path, describeJson(value));
  return value;
}

function refuse(path: string, found: string): GatewayError {
  return new GatewayError('invalid_request', `${path} must be the text of a JSON object, found ${found}`, {
    param: path,
  });
}
