/** The id of an answer in OpenAI's form, from the vendor's own or, where it sent none, from the request's. */
export function toCompletionId(vendorId: string, requestId: string): string {
  if (vendorId === '') return `chatcmpl-${requestId}`;
  return vendorId.startsWith('chatcmpl-')
    ? vendorId
    : `chatcmpl-${vendorId.replace(/^(?:msg|resp|gen)[_-]/, '')}`;
}

/** An id for a tool call whose vendor sent none: the same for the same answer, choice and place. */
export function mintToolCallId(answerId: string, choice: number, index: number): string {
  const base = answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24);
  return `call_${base}_${choice === 0 ? '' : `${String(choice)}_`}${String(index)}`;
}
