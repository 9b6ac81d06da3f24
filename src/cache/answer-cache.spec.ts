import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Redactor } from '../common/redactor.js';
import { readEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch } from '../contract/chunk-stream.js';
import type { ChatResult } from '../contract/chat-result.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { RedisConnection } from '../storage/redis-connection.js';
import { RedisPeers } from '../storage/redis-peers.js';
import { AnswerCache, type CacheQuestion } from './answer-cache.js';
import { AnswerStore } from './answer-store.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import type { AskVendor, CallEnd, FreshAnswer, ServedAnswer, ServedBody } from './served-answer.js';

const settings = loadSettings(
  { GATEWAY_CONFIG: 'a.yaml' },
  () => 'providers: [{ name: a, vendor: openai, api_keys: [k] }]\ncache: { mode: always }',
);
const TTL_MS = 60_000;

function wholeAnswer(text: string, raw = 'stop'): ChatResult {
  const json = { id: 'x', choices: [{ message: { content: text } }] };
  return {
    original: { format: 'openai-chat', text: JSON.stringify(json), json },
    id: 'x',
    model: 'served',
    choices: [{ index: 0, content: [{ type: 'text', text }], finish: { reason: 'stop', raw } }],
    usage: { inputTokens: 3, outputTokens: 2 },
  };
}

const START: ChatChunk = {
  frame: { data: '{"start":1}' },
  events: [{ type: 'start', id: 'x', model: 'served' }],
};
const said = (text: string): ChatChunk => ({
  frame: { data: `"${text}"` },
  events: [{ type: 'text-delta', text }],
});
const END: ChatChunk = {
  frame: { data: '[DONE]' },
  events: [
    { type: 'finish', finish: { reason: 'stop', raw: 'stop' } },
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 2 } },
    { type: 'end' },
  ],
};
const BROKEN: ChatChunk = {
  events: [{ type: 'failure', error: new GatewayError('stream_interrupted', 'It broke') }],
};

const fresh = (body: ServedBody): FreshAnswer => ({
  origin: { provider: 'a', model: 'm', dropped: ['seed'] },
  body,
  costOf: (served, usage) => (served === 'served' ? (usage?.outputTokens ?? 0) * 10 : null),
});

/** A vendor whose answers come when the test says so. */
class Vendor {
  calls = 0;
  signal: CancelSignal | undefined;
  private readonly answers: PromiseWithResolvers<FreshAnswer>[] = [];
  private writer: WritableStreamDefaultWriter<readonly ChatChunk[]> | undefined;

  readonly ask: AskVendor = (signal) => {
    this.calls += 1;
    this.signal = signal;
    const answer = Promise.withResolvers<FreshAnswer>();
    signal.addEventListener('abort', () => {
      answer.reject(new GatewayError('caller_left', 'Everybody left'));
      void this.writer?.abort(new GatewayError('caller_left', 'Everybody left'));
    });
    this.answers.push(answer);
    return answer.promise;
  };

  says(result: ChatResult): void {
    this.answers.at(-1)?.resolve(fresh({ kind: 'result', result }));
  }

  fails(error: Error): void {
    this.answers.at(-1)?.reject(error);
  }

  streams(source: WireFormatName = 'openai-chat'): void {
    const { readable, writable } = new TransformStream<readonly ChatChunk[], readonly ChatChunk[]>(
      {},
      { highWaterMark: 100 },
      { highWaterMark: 100 },
    );
    this.writer = writable.getWriter();
    this.answers.at(-1)?.resolve(fresh({ kind: 'stream', chunks: pull(readable), source }));
  }

  async writes(...chunks: readonly ChatChunk[]): Promise<void> {
    for (const chunk of chunks) await this.writer?.write([chunk]);
  }

  async ends(): Promise<void> {
    await this.writer?.close();
  }
}

async function* pull(readable: ReadableStream<ChunkBatch>): AsyncGenerator<ChunkBatch, void, undefined> {
  yield* readable;
}

/** Lets everything that can go on do so. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function readChunks({ body }: ServedAnswer): Promise<ChatChunk[]> {
  if (body.kind !== 'stream') throw new Error('no stream');
  const chunks: ChatChunk[] = [];
  for await (const batch of body.chunks) chunks.push(...batch);
  return chunks;
}

async function textOf(answer: ServedAnswer): Promise<string> {
  const parts = answer.body.kind === 'result' ? (answer.body.result.choices[0]?.content ?? []) : [];
  if (answer.body.kind === 'result')
    return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const chunks = await readChunks(answer);
  const events = chunks.flatMap((chunk) => chunk.events);
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

describe('the answer cache', () => {
  let clock: ManualClock;
  let cache: AnswerCache;
  let vendor: Vendor;

  const questionOf = (
    about: Partial<CacheQuestion> & { stream?: boolean; maxAgeMs?: number; reads?: boolean } = {},
  ): CacheQuestion => {
    const { stream = false, maxAgeMs = Infinity, reads = true, ...rest } = about;
    const format = rest.format ?? 'openai-chat';
    return {
      key: 'k',
      directives: { use: true, reads, maxAgeMs, ttlMs: TTL_MS, scope: 'key' },
      wanted: { stream, format },
      format,
      signal: new AbortController().signal,
      ...rest,
    };
  };
  const ask = (about: Parameters<typeof questionOf>[0] = {}) => cache.answer(questionOf(about), vendor.ask);

  /** One whole answer, given and kept. */
  const keep = async (result: ChatResult): Promise<ServedAnswer> => {
    const answer = ask();
    await settle();
    vendor.says(result);
    const served = await answer;
    await settle();
    return served;
  };
  const keepStream = async (chunks: readonly ChatChunk[], source?: WireFormatName): Promise<void> => {
    const answer = ask({ stream: true });
    await settle();
    vendor.streams(source);
    await vendor.writes(...chunks);
    await vendor.ends();
    await readChunks(await answer);
    await settle();
  };

  beforeEach(() => {
    clock = new ManualClock();
    vendor = new Vendor();
    const connection = new RedisConnection(readEnvironment({}).settings, clock, new Redactor());
    const memory = new MemoryStore(new SettingsHolder(settings), clock);
    cache = new AnswerCache(
      new AnswerStore(memory, new RedisStore(connection, clock), new RedisPeers(connection)),
      clock,
    );
  });

  describe('gives again', () => {
    test('a whole answer as it was, with its age and what it saves', async () => {
      const first = await keep(wholeAnswer('hello'));
      expect(first).toMatchObject({ outcome: 'miss', ageMs: 0 });
      expect(first.savedNano()).toBeNull();
      clock.advance(5_000);
      const second = await ask();
      expect(second).toMatchObject({
        outcome: 'hit',
        ageMs: 5_000,
        origin: { provider: 'a', model: 'm', dropped: ['seed'] },
        body: { kind: 'result', result: wholeAnswer('hello') },
      });
      expect(second.savedNano()).toBe(20);
      expect(vendor.calls).toBe(1);
    });

    test('a stream frame by frame', async () => {
      await keepStream([START, said('he'), said('llo'), END]);
      const hit = await ask({ stream: true });
      expect(hit).toMatchObject({ outcome: 'hit', body: { source: 'openai-chat' } });
      expect(await readChunks(hit)).toEqual([START, said('he'), said('llo'), END]);
      expect(vendor.signal?.aborted).toBe(false);
      expect(hit.savedNano()).toBe(20);
    });

    test('a whole answer to who wants a stream, and a stream to who wants it whole', async () => {
      await keep(wholeAnswer('hello'));
      const stream = await ask({ stream: true });
      expect(stream).toMatchObject({ outcome: 'hit', body: { kind: 'stream', source: undefined } });
      expect(await textOf(stream)).toBe('hello');
      await cache.clear();
      await keepStream([START, said('he'), said('llo'), END]);
      const whole = await ask();
      expect(whole).toMatchObject({ outcome: 'hit', body: { kind: 'result' } });
      expect(await textOf(whole)).toBe('hello');
      expect(vendor.calls).toBe(2);
    });

    test('no words of the vendor where the request was translated', async () => {
      const answer = ask({ format: 'anthropic-messages' });
      await settle();
      vendor.says(wholeAnswer('hello'));
      const { body } = await answer;
      expect(body).toMatchObject({ result: { id: 'x', choices: [{}] } });
      expect(body.kind === 'result' && body.result.original).toBeUndefined();
      await settle();
      const hit = await ask();
      expect(hit.body.kind === 'result' && hit.body.result.original).toBeUndefined();
      await cache.clear();
      await keepStream([START, said('hi'), { frame: { data: '' }, events: [] }, END], 'gemini');
      const stream = await ask({ stream: true });
      expect(stream.body).toMatchObject({ source: undefined });
      expect(await readChunks(stream)).toEqual([START, said('hi'), END].map(({ events }) => ({ events })));
    });

    test('nothing that is too old, to whoever or to this caller', async () => {
      await keep(wholeAnswer('hello'));
      clock.advance(10_000);
      expect(await ask({ maxAgeMs: 10_000 })).toMatchObject({ outcome: 'hit' });
      const young = ask({ maxAgeMs: 9_999 }).catch(String);
      await settle();
      expect(vendor.calls).toBe(2);
      vendor.fails(new GatewayError('upstream_error', 'No'));
      expect(await young).toBe('GatewayError: No');
      clock.advance(50_000);
      void ask();
      await settle();
      expect(vendor.calls).toBe(3);
    });

    test('a fresh answer in the place of the old one to who does not want to read', async () => {
      await keep(wholeAnswer('old'));
      const anew = ask({ reads: false });
      await settle();
      vendor.says(wholeAnswer('new'));
      expect(await anew).toMatchObject({ outcome: 'miss' });
      await settle();
      expect(await textOf(await ask())).toBe('new');
    });

    test('nothing after it was cleared', async () => {
      await keep(wholeAnswer('hello'));
      expect(await cache.clear()).toBe(true);
      void ask();
      await settle();
      expect(vendor.calls).toBe(2);
    });
  });

  describe('does not keep', () => {
    test.each<[string, ChatResult]>([
      ['an answer that ended in a word that nobody knows', wholeAnswer('hello', 'pause_turn')],
      [
        'an empty answer',
        { ...wholeAnswer(''), choices: [{ index: 0, content: [], finish: { reason: 'stop', raw: 'stop' } }] },
      ],
    ])('%s', async (_name, result) => {
      await keep(result);
      void ask();
      await settle();
      expect(vendor.calls).toBe(2);
    });

    test.each<[string, readonly ChatChunk[]]>([
      ['a stream that broke', [START, said('he'), BROKEN]],
      ['a stream that was cut', [START, said('he')]],
    ])('%s', async (_name, chunks) => {
      await keepStream(chunks);
      void ask({ stream: true });
      await settle();
      expect(vendor.calls).toBe(2);
    });

    test('a failure', async () => {
      const failing = ask();
      await settle();
      vendor.fails(new GatewayError('upstream_error', 'No'));
      await expect(failing).rejects.toThrow('No');
      void ask();
      await settle();
      expect(vendor.calls).toBe(2);
    });
  });

  describe('lets equal requests share one call', () => {
    test('that all get the answer of', async () => {
      const answers = Array.from({ length: 5 }, () => ask());
      await settle();
      vendor.says(wholeAnswer('hello'));
      const served = await Promise.all(answers);
      expect(served.map(({ outcome }) => outcome)).toEqual(['miss', 'hit', 'hit', 'hit', 'hit']);
      expect(await Promise.all(served.map(textOf))).toEqual(Array(5).fill('hello'));
      expect(served.map(({ savedNano }) => savedNano())).toEqual([null, 20, 20, 20, 20]);
      expect(vendor.calls).toBe(1);
    });

    test('whose stream all get live, from its beginning', async () => {
      const first = ask({ stream: true });
      await settle();
      vendor.streams();
      await vendor.writes(START, said('he'));
      const early = await first;
      const late = await ask({ stream: true });
      expect(late).toMatchObject({ outcome: 'hit', ageMs: 0 });
      if (late.body.kind !== 'stream') throw new Error('no stream');
      const reading = late.body.chunks[Symbol.asyncIterator]();
      expect((await reading.next()).value).toEqual([START, said('he')]);
      await vendor.writes(said('llo'));
      expect((await reading.next()).value).toEqual([said('llo')]);
      await vendor.writes(END);
      await vendor.ends();
      expect(await textOf(early)).toBe('hello');
      expect((await reading.next()).value).toEqual([END]);
      expect(late.savedNano()).toBe(20);
    });

    test('in either shape', async () => {
      const stream = ask({ stream: true });
      await settle();
      const whole = ask();
      vendor.streams();
      await vendor.writes(START, said('hello'), END);
      await vendor.ends();
      expect(await Promise.all([textOf(await stream), textOf(await whole)])).toEqual(['hello', 'hello']);
      expect(vendor.calls).toBe(1);
    });

    test('with its failure', async () => {
      const answers = [ask(), ask(), ask({ stream: true })].map((answer) => answer.catch(String));
      await settle();
      vendor.fails(new GatewayError('upstream_error', 'No'));
      expect(await Promise.all(answers)).toEqual(Array(3).fill('GatewayError: No'));
      const broken = [ask({ stream: true }), ask({ stream: true }), ask()];
      const whole = broken[2]?.catch(String);
      await settle();
      vendor.streams();
      await vendor.writes(START, said('he'), BROKEN);
      await vendor.ends();
      const streams = await Promise.all(broken.slice(0, 2));
      expect((await readChunks(streams[0] as ServedAnswer)).at(-1)).toEqual(BROKEN);
      expect((await readChunks(streams[1] as ServedAnswer)).at(-1)).toEqual(BROKEN);
      expect(await whole).toBe('GatewayError: It broke');
      expect(vendor.calls).toBe(2);
    });

    test('but not with who wants a fresh one', async () => {
      void ask();
      await settle();
      void ask({ reads: false });
      await settle();
      expect(vendor.calls).toBe(2);
      void ask();
      await settle();
      expect(vendor.calls).toBe(2);
    });

    test('that goes on when the one who began it leaves', async () => {
      const leader = new AbortController();
      const ends: CallEnd[] = [];
      const first = ask({ signal: leader.signal, whenCallEnded: (end) => ends.push(end) });
      await settle();
      const second = ask();
      await settle();
      leader.abort();
      await expect(first).rejects.toMatchObject({ code: 'caller_left' });
      expect(vendor.signal?.aborted).toBe(false);
      vendor.says(wholeAnswer('hello'));
      expect(await textOf(await second)).toBe('hello');
      await settle();
      expect(ends).toMatchObject([
        { served: 'served', usage: { outputTokens: 2 }, costNano: 20, error: undefined },
      ]);
      expect(await ask()).toMatchObject({ outcome: 'hit' });
    });

    test('that goes on when a stream is left in its middle', async () => {
      const leader = new AbortController();
      const first = ask({ stream: true, signal: leader.signal });
      await settle();
      vendor.streams();
      await vendor.writes(START, said('he'));
      const left = readChunks(await first);
      const second = await ask({ stream: true });
      leader.abort();
      await expect(left).rejects.toMatchObject({ code: 'caller_left' });
      await vendor.writes(said('llo'), END);
      await vendor.ends();
      expect(await textOf(second)).toBe('hello');
    });

    test('that is given up when all have left, and is begun anew by the next', async () => {
      const callers = [new AbortController(), new AbortController()];
      const ends: CallEnd[] = [];
      const answers = callers.map(({ signal }) =>
        ask({ signal, whenCallEnded: (end) => ends.push(end) }).catch(String),
      );
      await settle();
      callers[0]?.abort();
      await settle();
      expect(vendor.signal?.aborted).toBe(false);
      callers[1]?.abort();
      expect(vendor.signal?.aborted).toBe(true);
      const next = ask();
      await settle();
      expect(vendor.calls).toBe(2);
      vendor.says(wholeAnswer('hello'));
      expect(await textOf(await next)).toBe('hello');
      expect(await Promise.all(answers)).toEqual(
        Array(2).fill(expect.stringContaining('closed the connection')),
      );
      expect(ends).toMatchObject([{ usage: undefined, error: { code: 'caller_left' } }]);
    });

    test('that is given up when all have left its stream', async () => {
      const caller = new AbortController();
      const first = ask({ stream: true, signal: caller.signal });
      await settle();
      vendor.streams();
      await vendor.writes(START);
      const reading = readChunks(await first);
      caller.abort();
      await expect(reading).rejects.toMatchObject({ code: 'caller_left' });
      expect(vendor.signal?.aborted).toBe(true);
    });

    test('that is given up when its last reader stops before the end', async () => {
      const first = ask({ stream: true });
      await settle();
      vendor.streams();
      await vendor.writes(START);
      const { body } = await first;
      if (body.kind !== 'stream') throw new Error('no stream');
      for await (const _batch of body.chunks) break;
      expect(vendor.signal?.aborted).toBe(true);
    });

    test('that nobody joins who has left already', async () => {
      await expect(ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'caller_left' });
    });

    test('but not who could not get all of it in another shape', async () => {
      const native: ChatResult = {
        ...wholeAnswer('hello'),
        choices: [
          {
            index: 0,
            content: [{ type: 'opaque', format: 'openai-chat', value: { type: 'x' } }],
            finish: { reason: 'stop', raw: 'stop' },
          },
        ],
      };
      void ask();
      await settle();
      const stream = ask({ stream: true });
      const other = ask({ stream: true });
      await settle();
      vendor.says(native);
      await settle();
      expect(vendor.calls).toBe(2);
      vendor.streams();
      await vendor.writes(START, said('hello'), END);
      await vendor.ends();
      expect(await stream).toMatchObject({ outcome: 'miss' });
      expect(await other).toMatchObject({ outcome: 'hit' });
    });
  });
});
