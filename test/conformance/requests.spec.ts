import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OriginalBody } from '../../src/contract/chat-request.js';
import { GatewayError } from '../../src/contract/gateway-error.js';
import { isJsonObject } from '../../src/contract/json.js';
import type { TargetTraits } from '../../src/contract/wire-format.js';
import type { WireFormatName } from '../../src/contract/wire-format-name.js';
import { parseJson } from '../../src/formats/json/parse-json.js';
import { AnthropicAdapter } from '../../src/providers/anthropic/anthropic.adapter.js';
import { GeminiAdapter } from '../../src/providers/gemini/gemini.adapter.js';
import { OpenaiAdapter } from '../../src/providers/openai/openai.adapter.js';
import type { Simulator } from '../simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';
import { apiOf, CHAT_APIS, isStream, type ChatApi } from './apis.js';
import { toExactJson } from './exact-json.js';
import { toMembers } from './expect/json.js';
import { providerOf, startSimulators, toConfig } from './gateway-config.js';
import { readRecordings } from './read-recordings.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

const all = readRecordings();
const withRequest = all.filter(
  (recording) => recording.request !== undefined && apiOf(recording) !== undefined,
);
const recordings = withRequest.filter((recording) => apiOf(recording)?.inbound !== undefined);
const responses = recordings.filter((recording) => apiOf(recording)?.name === 'openai.responses');
/** Continuations of what lies in the vendor's store, which no other vendor could read. */
const isContinued = ({ request = '' }: Recording) => request.includes('"previous_response_id"');
const forwarded = recordings.filter(
  (recording) => apiOf(recording)?.upstream !== undefined && !isContinued(recording),
);

/** What a request is written for, one model of each API. */
const MODELS: Readonly<Record<string, readonly [model: string, traits: TargetTraits]>> = {
  'openai.chat': ['gpt-5', new OpenaiAdapter().traitsOf('openai', 'gpt-5')],
  'anthropic.messages': [
    'claude-sonnet-4-5',
    new AnthropicAdapter().traitsOf('anthropic', 'claude-sonnet-4-5'),
  ],
  'gemini.generate': ['gemini-2.5-flash', new GeminiAdapter().traitsOf('gemini', 'gemini-2.5-flash')],
  'openai.responses': ['gpt-5', { developerRole: true }],
};

describe.skipIf(recordings.length === 0)('recorded requests', () => {
  const report = new Report('requests', all);
  report.attach();
  const clock = new ManualClock();
  let simulators: ReadonlyMap<ChatApi, Simulator>;
  let gateway: RunningGateway;

  beforeAll(async () => {
    simulators = await startSimulators();
    gateway = await startGateway({ clock, yaml: toConfig(forwarded, simulators) });
  });

  afterEach(async () => {
    for (const simulator of simulators.values()) await simulator.clear();
    clock.advance(60 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    for (const simulator of simulators.values()) await simulator.close();
  });

  async function forward(recording: Recording): Promise<string> {
    const api = apiOf(recording)!;
    const model = `${providerOf(recording)}/recorded-model`;
    const text = withModel(recording.request!, model);
    const simulator = simulators.get(api)!;
    const contentType = isStream(recording) ? 'text/event-stream' : 'application/json';
    simulator.behave({ kind: 'replay', body: recording.body, status: recording.meta.status, contentType });
    const response = await fetch(`${gateway.url}${api.inbound!.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    const answer = await response.text();
    expect(simulator.requests.length, answer).toBeGreaterThan(0);
    return simulator.requests[0]!.rawBody;
  }

  test.each(named(forwarded))(
    '%s reaches a vendor of its format as it was written',
    async (_name, recording) => {
      const sent = await forward(recording);
      // Nothing is left in the vendor's store: `store` is set to false where the format has it.
      const untouched = ['model', 'stream_options', 'store'];
      if (responses.includes(recording)) expect(toMembers(JSON.parse(sent))['store']).toBe(false);
      expect(toExactJson(sent, untouched)).toBe(toExactJson(recording.request!, untouched));
      const options = (text: string) => ({
        ...toMembers(toMembers(JSON.parse(text))['stream_options']),
        include_usage: undefined,
      });
      expect(options(sent)).toEqual(options(recording.request!));
    },
  );

  test.each(named(responses.filter(isContinued)))('%s is refused for what is stored', (_name, recording) => {
    const { format } = apiOf(recording)!.inbound!;
    expect(() => format.decodeRequest(toOriginal(recording.request!, format.name))).toThrow(
      expect.objectContaining({ param: 'previous_response_id', status: 400 }),
    );
  });

  const stateless = responses.filter((recording) => !isContinued(recording));
  test.each(named(stateless))('%s is asked of a vendor of chat completions', async (name, recording) => {
    const chat = CHAT_APIS.find((api) => api.name === 'openai.chat')!;
    const response = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: withModel(recording.request!, 'openai-chat-openai/recorded-model'),
    });
    const answer = await response.text();
    const [asked] = simulators.get(chat)!.requests;
    if (response.status === 400) {
      const { param, message } = toMembers(toMembers(JSON.parse(answer))['error']);
      expect(param, answer).toBeTruthy();
      report.note(`refused by the gateway: ${name}: ${String(message)}`);
      return;
    }
    expect(response.status, answer).toBe(200);
    expect(chat.findFaults(asked!.body)).toEqual([]);
  });

  test.each(named(stateless))('%s is written for a vendor of Responses as it came', (_name, recording) => {
    const { inbound, outbound } = apiOf(recording)!;
    const text = withModel(recording.request!, 'any');
    const request = inbound!.format.decodeRequest(toOriginal(text, inbound!.format.name));
    const { body } = outbound.encodeRequest(request, { model: 'another', traits: { developerRole: true } });
    // Nothing is stored, so that reasoning without its encrypted content is only a name.
    const untouched = ['model', 'store', 'input'];
    expect(toExactJson(body, untouched)).toBe(toExactJson(text, untouched));
    const itemsOf = (json: string) => toMembers(JSON.parse(json))['input'];
    const kept = (items: unknown) =>
      Array.isArray(items)
        ? items.filter((item) => {
            const { type, encrypted_content: proof } = toMembers(item);
            return type !== 'reasoning' || typeof proof === 'string';
          })
        : items;
    expect(itemsOf(body)).toEqual(kept(itemsOf(text)));
    expect(toMembers(JSON.parse(body))).toMatchObject({ model: 'another', store: false });
  });

  test.each(
    named(
      withRequest.filter(
        ({ meta }) => meta.status === 200 && /^(openai|azure|anthropic|gemini)$/.test(meta.vendor),
      ),
    ),
  )('%s has no fault in the eyes of the checker', (_name, recording) => {
    // Azure has the model in its path, as Gemini has.
    const model = apiOf(recording)?.inbound === undefined ? {} : { model: 'any' };
    const request = { ...model, ...toMembers(JSON.parse(recording.request!)) };
    expect(apiOf(recording)!.findFaults(request)).toEqual([]);
  });

  for (const target of CHAT_APIS) {
    const others = recordings.filter(
      (recording) => apiOf(recording) !== target && recording.meta.status === 200 && !isContinued(recording),
    );
    test.each(named(others))(
      `%s can be asked of ${target.name}, or is refused for a reason`,
      (name, recording) => {
        const { format } = apiOf(recording)!.inbound!;
        const request = format.decodeRequest(toOriginal(withModel(recording.request!, 'any'), format.name));
        const [model, traits] = MODELS[target.name]!;
        let body: string;
        try {
          body = target.outbound.encodeRequest(request, { model, traits }).body;
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          expect(error.param, error.message).toBeTruthy();
          report.note(`refused for ${target.name}: ${name}: ${error.param!}: ${error.message}`);
          return;
        }
        expect(target.findFaults(JSON.parse(body)), body.slice(0, 4000)).toEqual([]);
      },
    );
  }
});

function named(list: readonly Recording[]): readonly (readonly [string, Recording])[] {
  return list.map((recording) => [recording.name, recording]);
}

/** The text with another model and nothing else changed. */
function withModel(text: string, model: string): string {
  const wanted = `"model":${JSON.stringify(model)}`;
  const replaced = text.replace(/"model"\s*:\s*"[^"]*"/, wanted);
  const changed = replaced === text ? text.replace('{', `{${wanted},`) : replaced;
  expect(toMembers(JSON.parse(changed))['model']).toBe(model);
  return changed;
}

function toOriginal(text: string, format: WireFormatName): OriginalBody {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('A recorded request is not an object');
  return { format, text, json };
}
