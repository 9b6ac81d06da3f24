/** The id of an answer in this format, from the vendor's own or, where it sent none, from the request's. */
export function toResponseId(vendorId: string, requestId: string): string {
  if (vendorId.startsWith('resp_')) return vendorId;
  const own = vendorId.replace(/^(?:chatcmpl|msg|gen)[-_]/, '').replace(/[^a-zA-Z0-9_-]/g, '');
  return `resp_${own || requestId.replace(/[^a-zA-Z0-9_-]/g, '')}`;
}

/** The id of an output item, at most 64 characters: `fc_` + the answer's own part + the item's place. */
export function toItemId(prefix: 'msg' | 'rs' | 'fc' | 'ctc', responseId: string, index: number): string {
  return `${prefix}_${responseId.slice('resp_'.length).slice(-55)}_${String(index)}`;
}
