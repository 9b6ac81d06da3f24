/** A packed value with its times, which are Unix milliseconds. */
export interface StoredValue {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly packed: Buffer;
}

/** Two doubles. */
const HEAD_BYTES = 16;

export function toBytes({ createdAt, expiresAt, packed }: StoredValue): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeDoubleLE(createdAt, 0);
  head.writeDoubleLE(expiresAt, 8);
  return Buffer.concat([head, packed]);
}

/** `undefined` for bytes that are none. */
export function fromBytes(bytes: Buffer): StoredValue | undefined {
  if (bytes.length <= HEAD_BYTES) return undefined;
  return {
    createdAt: bytes.readDoubleLE(0),
    expiresAt: bytes.readDoubleLE(8),
    packed: bytes.subarray(HEAD_BYTES),
  };
}
