import OpenAI, { APIError, BadRequestError, RateLimitError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type {
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CALLER_KEY, TARGETS, ThreeVendors, WEATHER_SCHEMA } from './three-vendors.js';

const EVENT = z.object({ name: z.string(), day: z.string() });
const PARTY = { name: 'party', day: 'Friday' };
const WEATHER_TOOL = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: WEATHER_SCHEMA,
  strict: false,
};

describe('openai: responses', () => {
  let vendors: ThreeVendors;
  let client: OpenAI;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
    client = new OpenAI({ baseURL: `${vendors.url}/v1`, apiKey: CALLER_KEY });
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, model, servedModel) => {
    test('create answers with text, status and usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'Hello there!', usage: { input: 9, output: 12 } });
      const response = await client.responses.create({
        model,
        instructions: 'Be kind.',
        input: 'hi',
        max_output_tokens: 50,
      });
      expect(response).toMatchObject({
        object: 'response',
        status: 'completed',
        model: servedModel,
        output_text: 'Hello there!',
        error: null,
        usage: { input_tokens: 9, output_tokens: 12, total_tokens: 21 },
      });
      expect(vendors.vendor(name).requests[0]?.rawBody).toContain('Be kind.');
    });

    test('a stream has numbered events from created to completed', async () => {
      vendors.vendor(name).setAnswer({ answer: 'One two three', usage: { input: 9, output: 12 } });
      const events: ResponseStreamEvent[] = [];
      for await (const event of await client.responses.create({ model, input: 'hi', stream: true })) {
        events.push(event);
      }
      expect(events[0]?.type).toBe('response.created');
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
      const deltas = events.filter((event) => event.type === 'response.output_text.delta');
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.map(({ delta }) => delta).join('')).toBe('One two three');
      const last = events.at(-1);
      if (last?.type !== 'response.completed') throw new Error(`the last event is ${String(last?.type)}`);
      expect(last.response.usage).toMatchObject({ input_tokens: 9, output_tokens: 12, total_tokens: 21 });
    });

    test('the stream helper gathers what create answers', async () => {
      const streamed = await client.responses.stream({ model, input: 'hi' }).finalResponse();
      const whole = await client.responses.create({ model, input: 'hi' });
      expect(streamed.output_text).toBe(`Hello from ${name}: hi`);
      expect(streamed.status).toBe('completed');
      expect(withoutIds(streamed.output)).toEqual(withoutIds(whole.output));
    });

    test('reasoning comes as an item before the message', async () => {
      vendors.vendor(name).setAnswer({ reasoning: 'Let me think.', answer: 'Done.' });
      const response = await client.responses.create({ model, input: 'hi' });
      expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      const streamed = await client.responses.stream({ model, input: 'hi' }).finalResponse();
      expect(streamed.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(streamed.output_text).toBe('Done.');
    });

    test.each(['create', 'stream'] as const)('a tool loop goes round with %s', async (way) => {
      const ask = (input: ResponseInputItem[]) => {
        const params = { model, input, tools: [WEATHER_TOOL] };
        return way === 'create'
          ? client.responses.create(params)
          : client.responses.stream(params).finalResponse();
      };
      const input: ResponseInputItem[] = [{ role: 'user', content: 'call get_weather {"city":"Paris"}' }];
      const first = await ask(input);
      const output: readonly ResponseOutputItem[] = first.output;
      const call = output.find((item) => item.type === 'function_call');
      if (call === undefined) throw new Error('a function call was expected');
      expect(call.name).toBe('get_weather');
      expect(JSON.parse(call.arguments)).toEqual({ city: 'Paris' });
      const second = await ask([
        ...input,
        ...output.map((item) => item as ResponseInputItem),
        { type: 'function_call_output', call_id: call.call_id, output: 'sunny in Paris' },
      ]);
      expect(second.output_text).toContain(`Hello from ${name}`);
      expect(vendors.vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test('two parallel calls stay apart in a stream', async () => {
      vendors.vendor(name).setAnswer({
        tools: [
          { name: 'get_weather', arguments: '{"city":"Paris"}' },
          { name: 'get_weather', arguments: '{"city":"Rome"}' },
        ],
      });
      const response = await client.responses
        .stream({ model, input: 'the weather, please', tools: [WEATHER_TOOL] })
        .finalResponse();
      const calls = response.output.filter((item) => item.type === 'function_call');
      expect(calls.map((call) => JSON.parse(call.arguments) as unknown)).toEqual([
        { city: 'Paris' },
        { city: 'Rome' },
      ]);
      expect(new Set(calls.map((call) => call.call_id)).size).toBe(2);
    });

    test('parse with a zod schema gives the object', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const response = await client.responses.parse({
        model,
        input: 'extract the event',
        text: { format: zodTextFormat(EVENT, 'event') },
      });
      expect(response.output_parsed).toEqual(PARTY);
    });

    test.each(['error-2', 'cut-2', 'reset-2'])(
      'a stream that fails after content (%s) raises',
      async (fault) => {
        vendors.vendor(name).behave(fault);
        const stream = await client.responses.create({ model, input: 'hi', stream: true });
        let text = '';
        const types: string[] = [];
        const reading = (async () => {
          for await (const event of stream) {
            types.push(event.type);
            if (event.type === 'response.output_text.delta') text += event.delta;
          }
        })();
        await expect(reading).rejects.toBeInstanceOf(APIError);
        expect(text).toBe('Hello from');
        expect(types).not.toContain('response.completed');
      },
    );

    test('a rate limit is a RateLimitError', async () => {
      vendors.vendor(name).behave('status-429;retry-after=30');
      const error = await client.responses
        .create({ model, input: 'hi' }, { maxRetries: 0 })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RateLimitError);
      expect((error as RateLimitError).headers.get('retry-after')).toBe('30');
    });
  });

  test('a faulty request is a BadRequestError that names the member', async () => {
    const error = await client.responses
      .create({ model: 'openai/gpt-4o-mini', input: [] })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: 'input', code: 'invalid_request' });
  });

  test('what would need stored state is refused by name', async () => {
    const error = await client.responses
      .create({ model: 'openai/gpt-4o-mini', input: 'hi', previous_response_id: 'resp_1' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as Error).message).toContain('previous_response_id');
  });
});

function withoutIds(output: readonly object[]): unknown {
  return JSON.parse(
    JSON.stringify(output, (name, value: unknown) =>
      name === 'id' || name === 'parsed' ? undefined : value,
    ),
  );
}
