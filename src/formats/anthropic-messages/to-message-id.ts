/** An id of the shape `msg_...`: the vendor's own where it has one, else made of the request's. */
export function toMessageId(id: string, requestId: string): string {
  if (id.startsWith('msg_')) return id;
  const own = id.replace(/^(?:chatcmpl|resp|gen)[-_]/, '').replace(/[^a-zA-Z0-9_-]/g, '');
  return `msg_${own || requestId.replace(/[^a-zA-Z0-9_-]/g, '')}`;
}
