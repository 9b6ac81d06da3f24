import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MESSAGES, call, chat, eventsOf, textOfEvents } from './call-simulator.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

let openai: Simulator;
let deepseek: Simulator;
let anthropic: Simulator;

beforeAll(async () => {
  [openai, deepseek, anthropic] = await Promise.all([
    startSimulator({ format: 'openai' }),
    startSimulator({ format: 'openai', flavour: 'deepseek' }),
    startSimulator({ format: 'anthropic' }),
  ]);
});

afterEach(() => Promise.all([openai, deepseek, anthropic].map((simulator) => simulator.clear())));
afterAll(() => Promise.all([openai, deepseek, anthropic].map((simulator) => simulator.close())));

describe('errors with a status', () => {
  it.each([400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529])(
    'answers %i in the shape of each vendor',
    async (status) => {
      for (const simulator of [openai, deepseek, anthropic]) {
        const outcome = await call(simulator, chat(`status-${String(status)}`));
        expect(outcome.status).toBe(status);
        const isAnthropic = simulator === anthropic;
        expect(JSON.parse(outcome.body.toString())).toMatchObject(
          isAnthropic ? { type: 'error' } : { error: {} },
        );
      }
    },
  );

  it.each([
    ['context-length', () => openai, 400, 'context_length_exceeded'],
    ['context-length', () => anthropic, 400, 'prompt is too long'],
    ['content-policy', () => deepseek, 400, 'Content Exists Risk'],
    ['insufficient-quota', () => openai, 429, 'insufficient_quota'],
    ['insufficient-quota', () => anthropic, 400, 'credit balance is too low'],
    ['insufficient-quota', () => deepseek, 402, 'Insufficient Balance'],
    ['model-not-found', () => deepseek, 400, 'Model Not Exist'],
    ['status-502', () => openai, 502, '<html>'],
  ])('knows %s (%#)', async (fault, simulator, status, text) => {
    const outcome = await call(simulator(), chat(fault));
    expect(outcome.status).toBe(status);
    expect(outcome.body.toString()).toContain(text);
  });

  it('sends retry hints in each form', async () => {
    expect((await call(openai, chat('status-429;retry-after=2'))).headers['retry-after']).toBe('2');
    expect((await call(openai, chat('status-429;retry-after-ms=1500'))).headers['retry-after-ms']).toBe(
      '1500',
    );
    const dated = (await call(openai, chat('status-429;retry-after-date=30'))).headers['retry-after'];
    expect(Date.parse(dated ?? '')).toBeGreaterThan(Date.now() + 25_000);
    expect((await call(openai, chat('status-429'))).headers).not.toHaveProperty('retry-after');
  });

  it('sends any body and headers that a test gives it', async () => {
    openai.behave({ kind: 'status', status: 418, body: 'tea', headers: { 'x-pot': 'yes' } });
    const outcome = await call(openai, { model: 'x', messages: MESSAGES });
    expect([outcome.status, outcome.body.toString(), outcome.headers['x-pot']]).toEqual([418, 'tea', 'yes']);
  });
});

describe('broken connections', () => {
  it('refuses connections and destroys open ones until restored', async () => {
    const held = call(openai, chat('silent'));
    await openai.waitForRequest(1);
    openai.behave('refuse');
    expect((await held).ended).toBe('ECONNRESET');
    expect((await call(openai, chat('ok'))).ended).toBe('ECONNREFUSED');
    await openai.restore();
    expect((await call(openai, chat('ok'))).ended).toBe('end');
  });

  it.each([
    ['reset', true, 0, 0, 'ECONNRESET'],
    ['reset-2', true, 200, 2, 'ECONNRESET'],
    ['reset-2', false, 200, 0, 'ECONNRESET'],
    ['cut-2', false, 200, 0, 'ECONNRESET'],
    ['cut-2', true, 200, 2, 'end'],
    ['silent', true, 0, 0, 'timeout'],
    ['silent-headers', true, 200, 0, 'timeout'],
    ['stall-2', true, 200, 2, 'timeout'],
    ['stall-1', false, 200, 0, 'timeout'],
  ])('%s with stream %s: status %i, %i chunks, %s', async (fault, stream, status, chunks, ended) => {
    for (const simulator of [openai, anthropic]) {
      await simulator.clear();
      const outcome = await call(simulator, chat(fault, stream), { timeoutMs: 150 });
      expect([outcome.status, outcome.ended]).toEqual([status, ended]);
      expect(simulator.requests[0]?.chunksSent).toBe(chunks);
      if (stream && chunks > 0) expect(textOfEvents(outcome.body)).toBe('Hello from');
    }
  });

  it('tells a caller that left from a connection that it broke itself', async () => {
    await call(openai, chat('reset-1'));
    await call(openai, chat('stall-1'), { timeoutMs: 60 });
    const left = await openai.waitForCallerClose();
    expect(left.index).toBe(1);
    expect(left.finishedAt).toBeNull();
    expect(openai.requests[0]?.callerClosedAt).toBeNull();
    await expect(openai.waitForCallerClose(0, 50)).rejects.toThrow('in vain');
  });
});

describe('faulty streams', () => {
  it('cuts with a finish reason, or leaves out only the end marker', async () => {
    const finished = (await call(openai, chat('cut-1;finish'))).body.toString();
    expect(finished).toContain('"finish_reason":"stop"');
    expect(finished).not.toContain('[DONE]');
    const endless = (await call(anthropic, chat('no-end'))).body.toString();
    expect(endless).toContain('message_delta');
    expect(endless).not.toContain('message_stop');
  });

  it('puts broken events between sound ones', async () => {
    for (const simulator of [openai, anthropic]) {
      const { body } = await call(simulator, chat('malformed-1;count=3'));
      const broken = eventsOf(body).filter((event) => typeof event === 'string' && event !== '[DONE]');
      expect(broken).toHaveLength(3);
      expect(body.toString()).toContain('hi');
    }
  });

  it('sends error events as the vendors do', async () => {
    const fromOpenAi = eventsOf((await call(openai, chat('error-1'))).body);
    expect(fromOpenAi.slice(-3)).toMatchObject([
      { error: { type: 'server_error' } },
      { choices: [{}] },
      '[DONE]',
    ]);
    const fromAnthropic = (await call(anthropic, chat('error-0'))).body.toString();
    expect(fromAnthropic).toContain('event: error\ndata: {"type":"error"');
    expect(fromAnthropic).not.toContain('content_block_delta');
    expect(eventsOf((await call(anthropic, chat('error-0;bare'))).body)).toHaveLength(1);
  });

  it.each([
    ['empty-stream', 0],
    ['role-only', 1],
    ['empty-choices', 2],
  ])('%s has %i events', async (fault, count) => {
    const outcome = await call(openai, chat(fault));
    expect([outcome.status, outcome.ended, eventsOf(outcome.body).length]).toEqual([200, 'end', count]);
  });

  it('delays the first event, or all of them', async () => {
    const started = performance.now();
    await call(openai, chat('slow-120'));
    expect(performance.now() - started).toBeGreaterThan(115);
    const dripped = await call(openai, chat('drip-20'));
    expect(dripped.chunks).toBe(8);
    expect(performance.now() - started).toBeGreaterThan(250);
  });
});

describe('odd bodies', () => {
  it.each([
    ['html', 'text/html; charset=utf-8', '<!DOCTYPE'],
    ['bad-json', 'application/json', '{"id"'],
  ])('%s comes with status 200', async (fault, contentType, start) => {
    const outcome = await call(openai, chat(fault, false));
    expect([outcome.status, outcome.headers['content-type']]).toEqual([200, contentType]);
    expect(outcome.body.toString().startsWith(start)).toBe(true);
    expect(() => JSON.parse(outcome.body.toString()) as unknown).toThrow();
  });

  it('answers without a choice', async () => {
    expect(JSON.parse((await call(openai, chat('empty-choices', false))).body.toString())).toMatchObject({
      choices: [],
    });
  });

  it('sends one event of a megabyte', async () => {
    const lines = (await call(openai, chat('huge-line'))).body.toString().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(1_048_576);
  });

  it.each([true, false])('compresses, stream %s', async (stream) => {
    const outcome = await call(openai, chat('gzip', stream));
    expect(outcome.headers['content-encoding']).toBe('gzip');
    expect(textOfEvents(gunzipSync(outcome.body))).toBe('Hello from openai: hi there');
  });

  it('redirects to a place that logs who follows', async () => {
    const outcome = await call(openai, chat('redirect'));
    expect([outcome.status, outcome.headers['location']]).toEqual([302, '/_elsewhere']);
  });

  it.each([['every-byte' as const], [[3, 9]], [{ seed: 7, max: 5 }]])(
    'replays bytes split %j',
    async (split) => {
      const body = Buffer.from('data: {"a":"Olá €"}\r\n\r\ndata: [DONE]\n\n');
      openai.behave({ kind: 'replay', body, split });
      const outcome = await call(openai, { model: 'x', messages: MESSAGES, stream: true });
      expect(outcome.body.equals(body)).toBe(true);
      expect(outcome.chunks).toBeGreaterThanOrEqual(3);
      if (split === 'every-byte') expect(outcome.chunks).toBe(body.length);
    },
  );
});
