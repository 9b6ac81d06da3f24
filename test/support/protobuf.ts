/** The fields of a protobuf message by their number, in the order in which they came: numbers, or bytes. */
export type Fields = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Reads a message without its schema (https://protobuf.dev/programming-guides/encoding/). */
export function readMessage(message: Buffer): Fields {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends in the middle of a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('the message ends in the middle of a field');
    return message.subarray(at, (at += length));
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const value = wireType === 0 ? varint() : take(wireType === 2 ? Number(varint()) : fixedLength(wireType));
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

function fixedLength(wireType: number): number {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  throw new Error(`there is no wire type ${String(wireType)}`);
}

/** The messages in a field. */
export function children(message: Fields, field: number): Fields[] {
  return (message.get(field) ?? []).flatMap((value) => (Buffer.isBuffer(value) ? [readMessage(value)] : []));
}

export function text(message: Fields, field: number): string {
  const value = message.get(field)?.[0];
  return Buffer.isBuffer(value) ? value.toString('utf8') : '';
}

/** Of eight bytes. */
export function number64(message: Fields, field: number): number {
  const value = message.get(field)?.[0];
  return Buffer.isBuffer(value) ? Number(value.readBigUInt64LE()) : 0;
}
