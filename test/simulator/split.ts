/** Where a body is cut into separate writes: at these offsets, after every byte, or at random sizes of 1 to `max` bytes. */
export type Split = readonly number[] | 'every-byte' | { readonly seed: number; readonly max: number };

export function splitBytes(body: Uint8Array, split: Split): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const offset of offsetsOf(body.length, split)) {
    if (offset <= start || offset >= body.length) continue;
    pieces.push(body.subarray(start, offset));
    start = offset;
  }
  pieces.push(body.subarray(start));
  return pieces;
}

function offsetsOf(length: number, split: Split): readonly number[] {
  if (split === 'every-byte') return Array.from({ length }, (_, index) => index);
  if ('seed' in split) return randomOffsets(length, split.seed, split.max);
  return [...split].sort((left, right) => left - right);
}

/** A linear congruential generator, so that a failing split can be repeated by its seed. */
function randomOffsets(length: number, seed: number, max: number): number[] {
  const offsets: number[] = [];
  let state = seed >>> 0;
  for (let offset = 0; offset < length;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    offset += 1 + Math.floor((state / 2 ** 32) * max);
    offsets.push(offset);
  }
  return offsets;
}
