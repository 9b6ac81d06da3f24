/**
 * Gemini signs function calls and wants the signature back with the call. Callers of other formats send back nothing of
 * a tool call but what their format knows, and in every format that is the id: so the signature travels in it. All
 * characters are ones that every vendor takes in an id.
 */
const MARK = '__sig_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The id with the signature in it; the plain id where the signature is no base64 text, which Gemini's always is. */
export function toSignedToolCallId(id: string, signature: string): string {
  if (signature.length % 4 !== 0 || !BASE64.test(signature)) return id;
  const text = signature.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  return `${id}${MARK}${text}`;
}

export interface SignedToolCallId {
  /** As the vendor, or the gateway in its place, named the call. */
  readonly id: string;
  readonly signature?: string | undefined;
}

export function readSignedToolCallId(id: string): SignedToolCallId {
  const mark = id.indexOf(MARK);
  if (mark === -1) return { id };
  const text = id
    .slice(mark + MARK.length)
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  return { id: id.slice(0, mark), signature: text.padEnd(Math.ceil(text.length / 4) * 4, '=') };
}

/** Whether a body may hold such an id: a cheap look before its messages are walked. */
export function mayHoldSignedToolCallId(text: string): boolean {
  return text.includes(MARK);
}
