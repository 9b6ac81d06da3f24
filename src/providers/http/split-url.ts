import QuickLRU from 'quick-lru';

interface SplitUrl {
  readonly origin: string;
  /** With its query. */
  readonly path: string;
}

/** Some vendors have the name of the model in the path, which callers choose. */
const known = new QuickLRU<string, SplitUrl>({ maxSize: 1_000 });

/** @throws TypeError when it is no URL */
export function splitUrl(url: string): SplitUrl {
  let split = known.get(url);
  if (split === undefined) {
    const { origin, pathname, search } = new URL(url);
    split = { origin, path: pathname + search };
    known.set(url, split);
  }
  return split;
}
