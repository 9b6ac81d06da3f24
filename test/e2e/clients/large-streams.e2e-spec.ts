import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CALLER_KEY, TARGETS, ThreeVendors } from './three-vendors.js';

const CHUNKS = 10_000;
const MEGABYTE = 1_048_576;
const WARM_UP = 4;
const ROUNDS = 16;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use on the heap and beside it, garbage apart. */
function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
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
  async function read(model: string, onText: (text: string) => void): Promise<void> {
    const response = await fetch(`${vendors.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${CALLER_KEY}` },
      body: JSON.stringify({ ...body, model, stream: true }),
    });
    expect(response.status).toBe(200);
    if (response.body === null) throw new Error('the answer has no body');
    const decoder = new TextDecoder();
    for await (const part of response.body) onText(decoder.decode(part, { stream: true }));
  }

  describe.each(TARGETS)('from %s', (name, model) => {
    test(`${String(CHUNKS)} chunks pass whole and without piling up`, { timeout: 60_000 }, async () => {
      vendors.vendor(name).setAnswer({ answer: 'abcd '.repeat(CHUNKS).trimEnd() });
      let words = 0;
      // The whole vendor's answer is in this process from the start, so what grows meanwhile is the gateway's.
      let early: number | undefined;
      let late = 0;
      let tail = '';
      const count = (text: string): void => {
        const joined = tail + text;
        words += joined.split('abcd').length - 1;
        tail = joined.endsWith('abcd') ? '' : joined.slice(-3);
        if (early === undefined && words > CHUNKS * 0.2) early = memoryInUse();
        if (late === 0 && words > CHUNKS * 0.9) late = memoryInUse();
      };
      await read(model, count);
      expect(words).toBe(CHUNKS * COPIES[path]);
      expect(late - (early ?? 0)).toBeLessThan(3 * MEGABYTE);
    });

    test('events of 1 MB pass whole, and leave nothing behind', { timeout: 60_000 }, async () => {
      vendors.vendor(name).behave(`huge-line-${String(MEGABYTE)}`);
      const pass = async (): Promise<number> => {
        let letters = 0;
        await read(model, (text) => {
          for (const [run] of text.matchAll(/x{3,}|^x+|x+$/g)) letters += run.length;
        });
        vendors.vendor(name).clearLog();
        vendors.gateway.logs.lines.length = 0;
        return letters;
      };
      const letters = await pass();
      // A few single letters of words around the event may stand at the edge of a read.
      expect(letters).toBeGreaterThanOrEqual(MEGABYTE * COPIES[path]);
      expect(letters).toBeLessThan(MEGABYTE * COPIES[path] + 100);
      for (let round = 0; round < WARM_UP; round += 1) await pass();
      const before = memoryInUse();
      for (let round = 0; round < ROUNDS; round += 1) await pass();
      // Buffers of sockets come and go; a copy kept of each event would be all of the rounds.
      expect(memoryInUse() - before).toBeLessThan((ROUNDS / 2) * MEGABYTE);
    });
  });
});
