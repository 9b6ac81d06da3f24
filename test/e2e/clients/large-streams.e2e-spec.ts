import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CALLER_KEY, TARGETS, ThreeVendors } from './three-vendors.js';

const CHUNKS = 10_000;
const MEGABYTE = 1_048_576;
const LETTER_X = 'x'.charCodeAt(0);
const WARM_UP = 3;
const ROUNDS = 8;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use on the heap and beside it, garbage apart. */
async function memoryInUse(): Promise<number> {
  // One collection is not enough: buffers of sockets and bodies go in callbacks and finalizers that follow it.
  for (let turn = 0; turn < 4; turn += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function discard(): void {
  // Nothing of a stream is kept.
}

const ENDPOINTS = [
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }],
  ['/v1/messages', { messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 }],
  ['/v1/responses', { input: 'hi' }],
] as const;

/** Responses says the whole text again when it is done: for the text, the part, the item and the response. */
const COPIES = { '/v1/chat/completions': 1, '/v1/messages': 1, '/v1/responses': 5 };

describe.each(ENDPOINTS)('large streams on %s', (path, body) => {
  let vendors: ThreeVendors;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  /** Reads a stream without keeping it. */
  async function read(model: string, onPart: (part: Uint8Array) => void | Promise<void>): Promise<void> {
    const response = await fetch(`${vendors.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${CALLER_KEY}` },
      body: JSON.stringify({ ...body, model, stream: true }),
    });
    expect(response.status).toBe(200);
    if (response.body === null) throw new Error('the answer has no body');
    for await (const part of response.body as AsyncIterable<Uint8Array>) await onPart(part);
  }

  describe.each(TARGETS.filter(([name]) => name !== 'gemini'))('from %s', (name, model) => {
    test(`${String(CHUNKS)} chunks pass whole and without piling up`, { timeout: 60_000 }, async () => {
      vendors.vendor(name).setAnswer({ answer: 'abcx '.repeat(CHUNKS).trimEnd() });
      // The whole vendor's answer is in this process from the start, so what grows meanwhile is the gateway's.
      let early: number | undefined;
      let late: number | undefined;
      let letters = 0;
      await read(model, async (part) => {
        for (const byte of part) if (byte === LETTER_X) letters += 1;
        if (letters > CHUNKS * 0.2) early ??= await memoryInUse();
        if (letters > CHUNKS * 0.9) late ??= await memoryInUse();
      });
      expect(letters).toBeGreaterThanOrEqual(CHUNKS * COPIES[path]);
      if (early === undefined || late === undefined) throw new Error('the stream came in one piece');
      // The frames of that time alone, kept, would be more.
      expect(late - early).toBeLessThan(MEGABYTE);
    });

    test('events of 1 MB pass whole, and leave nothing behind', { timeout: 60_000 }, async () => {
      vendors.vendor(name).behave(`huge-line-${String(MEGABYTE)}`);
      let letters = 0;
      const count = (part: Uint8Array): void => {
        for (const byte of part) if (byte === LETTER_X) letters += 1;
      };
      const pass = async (onPart: (part: Uint8Array) => void): Promise<void> => {
        await read(model, onPart);
        vendors.vendor(name).clearLog();
        vendors.gateway.logs.clear();
      };
      await pass(count);
      // Words around the event (`text`, `index`) have some of the letter too.
      expect(letters).toBeGreaterThanOrEqual(MEGABYTE * COPIES[path]);
      expect(letters).toBeLessThan(MEGABYTE * COPIES[path] + 500);
      for (let round = 0; round < WARM_UP; round += 1) await pass(discard);
      const before = await memoryInUse();
      for (let round = 0; round < ROUNDS; round += 1) await pass(discard);
      // Buffers of sockets come and go; a copy kept of each event would be all of the rounds.
      expect((await memoryInUse()) - before).toBeLessThan((ROUNDS / 2) * MEGABYTE);
    });
  });
});
