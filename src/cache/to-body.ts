import { streamOf } from '../contract/chunk-stream.js';
import type { KeptAnswer } from './cache-entry.js';
import type { ServedBody } from './served-answer.js';

/** A kept answer for somebody who gets it now: a stream comes in one piece. */
export function toBody(answer: KeptAnswer): ServedBody {
  if (answer.kind === 'result') return answer;
  return { kind: 'stream', chunks: streamOf(answer.chunks), source: answer.source };
}
