type Headers = Readonly<Record<string, string>>;

/** Headers from several places, later ones in the place of earlier. Those of one place alone are not copied. */
export function joinHeaders(...places: readonly (Headers | undefined)[]): Headers {
  let joined: Headers | undefined;
  for (const headers of places) {
    if (headers === undefined) continue;
    joined = joined === undefined ? headers : { ...joined, ...headers };
  }
  return joined ?? {};
}
