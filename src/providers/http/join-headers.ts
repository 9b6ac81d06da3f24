type Headers = Readonly<Record<string, string>>;

/** Headers from several places; the first alone is returned as it is, so that the usual call copies nothing. */
export function joinHeaders(first: Headers | undefined, ...more: readonly (Headers | undefined)[]): Headers {
  return more.every((headers) => headers === undefined) ? (first ?? {}) : Object.assign({}, first, ...more);
}
