import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch } from '../contract/chunk-stream.js';
import { KeepAlive } from './keep-alive.js';
import { StreamBody } from './stream-body.js';
import { writeStream } from './write-stream.js';

const CHUNK: ChatChunk = { frame: { data: 'one' }, events: [{ type: 'text-delta', text: 'one' }] };
const LAST: ChatChunk = { frame: { data: 'last' }, events: [{ type: 'end' }] };

/** Says what each chunk's frame has, and how it ended. */
const ENCODER = {
  write: (batch: ChunkBatch) => batch.map(({ frame }) => `${frame?.data ?? ''};`).join(''),
  end: () => 'end;',
};

describe('writeStream', () => {
  let server: Server;
  let chunks: () => AsyncGenerator<ChunkBatch, void, undefined>;
  let written: string[];
  let failure: unknown;

  beforeEach(async () => {
    written = [];
    failure = undefined;
    server = createServer((_request, response) => {
      const body = new StreamBody(response);
      const keepAlive = new KeepAlive(new ManualClock(), body, ': here\n\n', () => true);
      const { signal } = new AbortController();
      const onWrite = (text: string): number => written.push(text);
      writeStream(chunks(), ENCODER, { body, signal, keepAlive, onWrite }).catch((error: unknown) => {
        failure = error;
        response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function ask(): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const asking = request({ port, host: '127.0.0.1', agent: false });
    asking.end();
    const [response] = (await once(asking, 'response')) as [NodeJS.ReadableStream];
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += String(piece);
    return text;
  }

  test('writes each batch as it comes, and the last one in one piece with the end', async () => {
    chunks = async function* () {
      yield [CHUNK];
      await new Promise((resolve) => setImmediate(resolve));
      yield [CHUNK, LAST];
    };
    expect(await ask()).toBe('one;one;last;end;');
    expect(written).toEqual(['one;', 'one;last;end;']);
  });

  test('a stream without an end marker ends as well', async () => {
    chunks = async function* () {
      yield [CHUNK];
      await new Promise((resolve) => setImmediate(resolve));
    };
    expect(await ask()).toBe('one;end;');
  });

  test('what has come is written, also where the stream breaks behind its end marker', async () => {
    chunks = async function* () {
      yield [CHUNK];
      await new Promise((resolve) => setImmediate(resolve));
      yield [LAST];
      throw new Error('broken');
    };
    await expect(ask()).rejects.toThrow('aborted');
    expect(written).toEqual(['one;', 'last;']);
    expect(String(failure)).toBe('Error: broken');
  });
});
