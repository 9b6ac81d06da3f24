/**
 * The worker thread that has the tokenizer's tables, which take a fifth of a second to load and some fifty megabytes. It
 * runs as it is under the tests too, so it is written in erasable TypeScript and imports packages alone.
 */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { parentPort } from 'node:worker_threads';

/** What looks like a marker of the tokenizer in somebody's text is text. */
const AS_PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

parentPort?.on('message', ({ id, pieces }: { id: number; pieces: readonly string[] }) => {
  let tokens = 0;
  for (const piece of pieces) tokens += encode(piece, AS_PLAIN_TEXT).length;
  parentPort?.postMessage({ id, tokens });
});
