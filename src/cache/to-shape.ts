import type { WireFormatName } from '../contract/wire-format-name.js';
import type { KeptAnswer } from './cache-entry.js';
import { toChunks } from './to-chunks.js';
import { toResult } from './to-result.js';

/** How a caller wants an answer. */
export interface WantedShape {
  readonly stream: boolean;
  /** The format that it will be written in. */
  readonly format: WireFormatName;
}

/**
 * An answer in the shape that a caller wants, as it came where that is the shape it came in. `undefined` where the other
 * shape would leave out what this caller's own format can say: citations, the use of a vendor's own tools, images.
 */
export function toShape(answer: KeptAnswer, { stream, format }: WantedShape): KeptAnswer | undefined {
  if ((answer.kind === 'stream') === stream) return answer;
  if (answer.kind === 'result') {
    const { choices } = answer.result;
    const isNative = choices.some(({ content }) =>
      content.some(
        (part) =>
          (part.type === 'opaque' && part.format === format) ||
          (part.type === 'text' && part.annotations?.format === format),
      ),
    );
    const chunks = isNative ? undefined : toChunks(answer.result);
    return chunks === undefined ? undefined : { kind: 'stream', chunks, source: undefined };
  }
  const isNative = answer.chunks.some(({ events }) =>
    events.some(
      (event) =>
        (event.type === 'opaque' && event.format === format) ||
        (event.type === 'annotations' && event.annotations.format === format),
    ),
  );
  return isNative ? undefined : { kind: 'result', result: toResult(answer.chunks) };
}
