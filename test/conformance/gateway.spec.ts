import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '../simulator/simulator.ts';
import type { Split } from '../simulator/split.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';
import { apiOf, isStream, readRecording, type ChatApi } from './apis.js';
import { CALLERS, exchangeOf, expectSame, type Caller } from './callers.js';
import { isPlainMessage } from './expect/error-kinds.js';
import { toList, toMembers } from './expect/json.js';
import { repair } from './expect/repairs.js';
import { readSse } from './expect/read-sse.js';
import { providerOf, startSimulators, toConfig } from './gateway-config.js';
import { readRecordings } from './read-recordings.js';
import type { ReadAnswer } from './reading.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

/** Bodies up to this size leave the vendor byte by byte. */
const TINY = 2 * 1024;

const recordings = readRecordings().filter((recording) => apiOf(recording)?.upstream !== undefined);
const answers = recordings.filter((recording) => recording.meta.status === 200 && !isRefused(recording));
const errors = recordings.filter((recording) => recording.meta.status !== 200 || isRefused(recording));

describe.skipIf(recordings.length === 0)('recorded exchanges through the gateway', () => {
  const report = new Report('through the gateway, for every format of callers', recordings);
  report.attach();
  const clock = new ManualClock();
  let simulators: ReadonlyMap<ChatApi, Simulator>;
  let gateway: RunningGateway;

  beforeAll(async () => {
    simulators = await startSimulators();
    gateway = await startGateway({ clock, yaml: toConfig(recordings, simulators) });
  });

  afterEach(async () => {
    for (const simulator of simulators.values()) await simulator.clear();
    // Whoever was told to wait has waited.
    clock.advance(60 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    for (const simulator of simulators.values()) await simulator.close();
  });

  async function ask(caller: Caller, recording: Recording, members: object = {}): Promise<Response> {
    const api = apiOf(recording)!;
    const simulator = simulators.get(api)!;
    const { status, response_headers: headers } = recording.meta;
    simulator.behave({
      kind: 'replay',
      body: recording.body,
      status,
      contentType:
        headers['content-type'] ?? (isStream(recording) ? 'text/event-stream' : 'application/json'),
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('retry-after'))),
      split: splitOf(recording),
    });
    return fetch(`${gateway.url}${caller.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: askedModel(recording),
        ...(recording.meta.stream ? { stream: true } : {}),
        ...caller.members,
        ...members,
      }),
    });
  }

  for (const caller of CALLERS) {
    describe(`asked for at ${caller.path}`, () => {
      test.each(named(answers))('%s says what the vendor said', async (_name, recording) => {
        const response = await ask(caller, recording);
        const body = new Uint8Array(await response.arrayBuffer());
        expect(response.status, new TextDecoder().decode(body)).toBe(200);
        const told = isStream(recording) ? caller.readStream(body) : caller.readBody(body);
        const said = readRecording(apiOf(recording)!, recording);
        expectSame(caller, said, told, exchangeOf(caller, recording));
      });

      test.each(named(errors))('%s is an error in the words of its format', async (_name, recording) => {
        const response = await ask(caller, recording);
        const body = new Uint8Array(await response.arrayBuffer());
        if (response.status === 200) {
          const told = caller.readStream(body);
          expect(told.error).toSatisfy(isPlainMessage);
          expect(told.isEnded).toBe(false);
          return;
        }
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status, "a vendor's refusal of our key is no fault of the caller's").not.toBe(401);
        expect(caller.readError(JSON.parse(new TextDecoder().decode(body)))).toSatisfy(isPlainMessage);
      });
    });
  }

  const sameFormat = answers.flatMap((recording) => {
    const caller = CALLERS.find(({ format }) => format === apiOf(recording)?.inbound?.format.name);
    return caller === undefined ? [] : [[recording.name, { caller, recording }] as const];
  });

  test.each(sameFormat.filter(([, { recording }]) => !isStream(recording)))(
    '%s goes on as it is to a caller of the same format',
    async (name, { caller, recording }) => {
      const response = await ask(caller, recording);
      const said: unknown = JSON.parse(new TextDecoder().decode(recording.body));
      expect(await response.json()).toEqual(namedAsAsked(caller, recording, repair(name, said)));
    },
  );

  test.each(sameFormat.filter(([, { recording }]) => isStream(recording)))(
    '%s goes on frame by frame to a caller of the same format',
    async (_name, { caller, recording }) => {
      const response = await ask(caller, recording);
      const told = toFrames(new Uint8Array(await response.arrayBuffer()));
      const said = toFrames(recording.body, recording.name);
      // Vendors that have no end marker get one: callers of the format wait for it.
      const missing = told.at(-1)?.data === '[DONE]' && said.at(-1)?.data !== '[DONE]' ? told.slice(-1) : [];
      const expected = said.map(({ event, data }) => ({
        event,
        data:
          event === 'message_start'
            ? { ...toMembers(data), message: namedAsAsked(caller, recording, toMembers(data)['message']) }
            : data,
      }));
      expect(told).toEqual([...expected, ...missing]);
    },
  );

  test.each(
    sameFormat.filter(([, { caller, recording }]) => caller.format === 'openai-chat' && isStream(recording)),
  )(
    '%s loses nothing but the usage chunk when no usage is asked for',
    async (_name, { caller, recording }) => {
      const response = await ask(caller, recording, { stream_options: undefined });
      const told = toFrames(new Uint8Array(await response.arrayBuffer()));
      const kept = toFrames(recording.body, recording.name).filter(({ data }) => !isUsageChunk(data));
      expect(told.filter(({ data }) => !isUsageChunk(data) && data !== '[DONE]')).toEqual(
        kept.filter(({ data }) => data !== '[DONE]').map(withoutNullUsage(told)),
      );
      expect(told.filter(({ data }) => isUsageChunk(data))).toEqual([]);
    },
  );

  const openaiCaller = CALLERS.find(({ format }) => format === 'openai-chat')!;
  test.each(named(answers.filter((recording) => isStream(recording) && isForOpenaiSdk(recording))))(
    "%s is put together by OpenAI's own SDK",
    async (_name, recording) => {
      const response = await ask(openaiCaller, recording);
      const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: () => Promise.resolve(response) });
      const question = { model: 'any', messages: [{ role: 'user' as const, content: 'hi' }] };
      const completion = await client.chat.completions.stream(question).finalChatCompletion();
      const told = openaiCaller.readBody(new TextEncoder().encode(JSON.stringify(completion)));
      const said = readRecording(apiOf(recording)!, recording).answers;
      const { hasSignedCallIds } = exchangeOf(openaiCaller, recording);
      const ids = (answer: ReadAnswer) => withoutReasoning(answer, hasSignedCallIds);
      expect(told.answers.map(ids)).toEqual(said.map(ids));
    },
  );

  const anthropicCaller = CALLERS.find(({ format }) => format === 'anthropic-messages')!;
  test.each(named(answers.filter((recording) => isStream(recording))))(
    "%s is put together by Anthropic's own SDK",
    async (_name, recording) => {
      const response = await ask(anthropicCaller, recording);
      const client = new Anthropic({ apiKey: 'none', maxRetries: 0, fetch: () => Promise.resolve(response) });
      const question = {
        model: 'any',
        max_tokens: 1000,
        messages: [{ role: 'user' as const, content: 'hi' }],
      };
      const message = await client.messages.stream(question).finalMessage();
      const told = anthropicCaller.readBody(new TextEncoder().encode(JSON.stringify(message)));
      const said = readRecording(apiOf(recording)!, recording);
      expectSame(anthropicCaller, said, told, exchangeOf(anthropicCaller, recording));
    },
  );

  const responsesCaller = CALLERS.find(({ format }) => format === 'openai-responses')!;
  test.each(named(answers.filter((recording) => isStream(recording))))(
    "%s is put together as a response by OpenAI's own SDK",
    async (_name, recording) => {
      const response = await ask(responsesCaller, recording);
      const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: () => Promise.resolve(response) });
      const final = await client.responses.stream({ model: 'any', input: 'hi' }).finalResponse();
      const told = responsesCaller.readBody(new TextEncoder().encode(JSON.stringify(final)));
      const said = readRecording(apiOf(recording)!, recording);
      expectSame(responsesCaller, said, told, exchangeOf(responsesCaller, recording));
    },
  );
});

function askedModel(recording: Recording): string {
  return `${providerOf(recording)}/recorded-model`;
}

/** Callers of Anthropic's format are told the model by the name that they asked for. */
function namedAsAsked({ format }: Caller, recording: Recording, message: unknown): unknown {
  return format === 'anthropic-messages' ? { ...toMembers(message), model: askedModel(recording) } : message;
}

function named(list: readonly Recording[]): readonly (readonly [string, Recording])[] {
  return list.map((recording) => [recording.name, recording]);
}

function isRefused(recording: Recording): boolean {
  return recording.meta.status === 200 && readRecording(apiOf(recording)!, recording).error !== undefined;
}

function splitOf(recording: Recording): Split {
  const size = recording.body.length;
  return size <= TINY ? 'every-byte' : { seed: size, max: Math.ceil(size / 30) };
}

interface Frame {
  readonly event: string | undefined;
  readonly data: unknown;
}

/** With the recording's name, its frames as a caller of the same format should get them. */
function toFrames(body: Uint8Array, name = ''): readonly Frame[] {
  return readSse(body).map(({ event, data }) => ({
    event,
    data: data === '[DONE]' ? data : repair(name, JSON.parse(data)),
  }));
}

/** A chunk that is there for its usage report alone. */
function isUsageChunk(data: unknown): boolean {
  const chunk = toMembers(data);
  return Array.isArray(chunk['choices']) && toList(chunk['choices']).length === 0 && chunk['usage'] != null;
}

/** `"usage":null` is on every chunk only because the gateway asked for usage; it may stay or go. */
function withoutNullUsage(told: readonly Frame[]): (frame: Frame, index: number) => Frame {
  return (frame, index) => {
    const { usage, ...rest } = toMembers(frame.data);
    return usage === null && !('usage' in toMembers(told[index]?.data)) ? { ...frame, data: rest } : frame;
  };
}

/**
 * Translated streams, and those that OpenAI itself sent: compatible vendors send much that the SDK was not made for,
 * and a caller of the same format gets it as it is.
 */
function isForOpenaiSdk(recording: Recording): boolean {
  return apiOf(recording)?.name !== 'openai.chat' || ['openai', 'azure'].includes(recording.meta.vendor);
}

function withoutReasoning({ text, refusal, finish, toolCalls }: ReadAnswer, withoutIds: boolean) {
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    ...(withoutIds ? {} : { id }),
    name,
    arguments: args || '{}',
  }));
  return { text, refusal, finish, toolCalls: calls };
}
