/** What is tokenised of a text at most, in characters; the rest is taken to be like it. */
const MOST_TOKENISED = 32 * 1024;
/** Longer texts are sampled at so many places, evenly spread. */
const PLACES = 16;
/** The tokenizer takes time by the square of a run without spaces, of Chinese say, so it gets no more than this. */
const PIECE = 512;
/** Where nobody can count. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Tokens of all texts together: exact up to 32 Ki characters, beyond that extrapolated from as many.
 * @param count of all pieces together; `undefined` when it cannot
 */
export async function sampleTokens(
  texts: readonly string[],
  count: (pieces: readonly string[]) => Promise<number | undefined>,
): Promise<number> {
  const total = lengthOf(texts);
  if (total === 0) return 0;
  const sample = total <= MOST_TOKENISED ? texts : takeSample(texts.join('\n'));
  const tokens = await count(sample.flatMap((text) => [...cut(text)]));
  if (tokens === undefined) return Math.ceil(total / CHARACTERS_PER_TOKEN);
  return total <= MOST_TOKENISED ? tokens : Math.ceil((tokens * total) / lengthOf(sample));
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function takeSample(text: string): readonly string[] {
  const length = MOST_TOKENISED / PLACES;
  const stride = (text.length - length) / (PLACES - 1);
  return Array.from({ length: PLACES }, (_, place) => {
    const start = Math.floor(place * stride);
    return text.slice(start, start + length);
  });
}

/** In pieces that end before a space, where there is one: tokens begin with theirs. */
function* cut(text: string): Generator<string, void, undefined> {
  let start = 0;
  while (text.length - start > PIECE) {
    const space = text.lastIndexOf(' ', start + PIECE);
    const end = space > start ? space : start + PIECE;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}
