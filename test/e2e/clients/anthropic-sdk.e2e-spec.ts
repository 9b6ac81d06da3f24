import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  GatewayTimeoutError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
  ServiceUnavailableError,
} from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import type { MessageParam, ToolUseBlock } from '@anthropic-ai/sdk/resources/messages';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CALLER_KEY, TARGETS, ThreeVendors, WEATHER_SCHEMA } from './three-vendors.js';

const EVENT = z.object({ name: z.string(), day: z.string() });
const PARTY = { name: 'party', day: 'Friday' };
const WEATHER_TOOL = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: WEATHER_SCHEMA,
};

describe('@anthropic-ai/sdk', () => {
  let vendors: ThreeVendors;
  let client: Anthropic;
  /** How often the SDK asked since the last test: it must not repeat what the gateway has repeated. */
  let asked = 0;
  const clientWith = (apiKey: string) =>
    new Anthropic({
      baseURL: vendors.url,
      apiKey,
      fetch: (input, init) => {
        asked++;
        return fetch(input, init);
      },
    });
  const say = (content: string): MessageParam[] => [{ role: 'user', content }];

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
    client = clientWith(CALLER_KEY);
  });
  afterEach(() => {
    asked = 0;
    return vendors.heal();
  });
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, model) => {
    const ask = (content = 'hi') => ({ model, max_tokens: 100, messages: say(content) });

    test('create answers with text, stop reason and usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'Hello there!', usage: { input: 9, output: 12 } });
      const message = await client.messages.create({ ...ask(), system: 'Be kind.' });
      expect(message).toMatchObject({
        id: expect.stringMatching(/^msg_/) as string,
        type: 'message',
        role: 'assistant',
        model,
        content: [{ type: 'text', text: 'Hello there!' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 12 },
      });
      expect(vendors.vendor(name).requests[0]).toMatchObject({ key: `vendor-key-of-${name}` });
      expect(vendors.vendor(name).requests[0]?.rawBody).toContain('Be kind.');
    });

    test('the stream helper gathers what create answers', async () => {
      vendors.vendor(name).setAnswer({ answer: 'One two three', usage: { input: 9, output: 12 } });
      const deltas: string[] = [];
      const streamed = await client.messages
        .stream(ask())
        .on('text', (delta) => deltas.push(delta))
        .finalMessage();
      const whole = await client.messages.create(ask());
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.join('')).toBe('One two three');
      expect(streamed.content).toMatchObject(whole.content);
      expect(streamed.model).toBe(model);
      expect(streamed.stop_reason).toBe('end_turn');
      expect(streamed.usage).toMatchObject({ input_tokens: 9, output_tokens: 12 });
    });

    test('create with stream has the events in order, each block opened and closed once', async () => {
      vendors.vendor(name).setAnswer({
        reasoning: 'Let me think.',
        answer: 'One two',
        tools: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }],
      });
      const types: string[] = [];
      const open = new Set<number>();
      const opened: number[] = [];
      for await (const event of await client.messages.create({
        ...ask(),
        tools: [WEATHER_TOOL],
        stream: true,
      })) {
        types.push(event.type);
        if (event.type === 'content_block_start') {
          expect(open.size).toBe(0);
          open.add(event.index);
          opened.push(event.index);
        }
        if (event.type === 'content_block_delta') expect(open).toContain(event.index);
        if (event.type === 'content_block_stop') expect(open.delete(event.index)).toBe(true);
      }
      expect(open.size).toBe(0);
      expect(opened).toEqual([0, 1, 2]);
      expect(types[0]).toBe('message_start');
      expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
      expect(types.filter((type) => type === 'message_start')).toHaveLength(1);
    });

    test('thinking comes before the text, whole and streamed', async () => {
      vendors.vendor(name).setAnswer({ reasoning: 'Let me think.', answer: 'Done.' });
      const params = {
        ...ask(),
        max_tokens: 4000,
        thinking: { type: 'enabled' as const, budget_tokens: 2000 },
      };
      const whole = await client.messages.create(params);
      expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
      expect(whole.content[0]).toMatchObject({
        thinking: 'Let me think.',
        signature: expect.any(String) as string,
      });
      const streamed = await client.messages.stream(params).finalMessage();
      expect(streamed.content).toMatchObject(whole.content);
    });

    test.each(['create', 'stream'] as const)(
      'a tool loop with thinking in it goes round with %s',
      async (way) => {
        vendors.vendor(name).setAnswer({ reasoning: 'Let me think.' });
        const send = (messages: MessageParam[]) => {
          const params = {
            model,
            max_tokens: 4000,
            messages,
            tools: [WEATHER_TOOL],
            thinking: { type: 'enabled' as const, budget_tokens: 2000 },
          };
          return way === 'create'
            ? client.messages.create(params)
            : client.messages.stream(params).finalMessage();
        };
        const question = say('call get_weather {"city":"Paris"} and call get_weather {"city":"Rome"}');
        const first = await send(question);
        expect(first.stop_reason).toBe('tool_use');
        expect(first.content[0]?.type).toBe('thinking');
        const calls = first.content.filter((block): block is ToolUseBlock => block.type === 'tool_use');
        expect(calls.map(({ input }) => input)).toEqual([{ city: 'Paris' }, { city: 'Rome' }]);
        expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
        const second = await send([
          ...question,
          { role: 'assistant', content: first.content },
          {
            role: 'user',
            content: calls.map(({ id, input }) => ({
              type: 'tool_result',
              tool_use_id: id,
              content: `sunny in ${(input as { city: string }).city}`,
            })),
          },
        ]);
        expect(second.stop_reason).toBe('end_turn');
        const sent = vendors.vendor(name).requests[1]?.rawBody;
        expect(sent).toContain('sunny in Paris');
        expect(sent).toContain('sunny in Rome');
      },
    );

    // By default the runner asks the server to hold the conversation and sends only what is new.
    test.each([
      ['holds the conversation itself', false, { thread: false as const }],
      ['holds the conversation itself', true, { thread: false as const }],
      ['asks for a message thread', false, {}],
      ['asks for a message thread', true, {}],
    ])('the tool runner that %s goes round (stream: %s)', async (_who, stream, settings) => {
      const runner = client.beta.messages.toolRunner({
        model,
        max_tokens: 100,
        messages: [{ role: 'user', content: 'call get_weather {"city":"Paris"}' }],
        tools: [
          {
            type: 'custom',
            ...WEATHER_TOOL,
            run: (input: unknown) => `sunny in ${(input as { city: string }).city}`,
            parse: (input: unknown) => input,
          },
        ],
        stream,
        ...settings,
      });
      const message = await runner.runUntilDone();
      expect(message.stop_reason).toBe('end_turn');
      expect(vendors.vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test('parse with a zod schema gives the object', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const message = await client.messages.parse({
        ...ask('extract the event'),
        output_config: { format: zodOutputFormat(EVENT) },
      });
      expect(message.parsed_output).toEqual(PARTY);
      expect(message.stop_reason).toBe('end_turn');
    });

    test('countTokens counts, and says so where it is an estimate', async () => {
      const { data, response } = await client.messages
        .countTokens({ model, messages: say('How many tokens are these?'), system: 'Be kind.' })
        .withResponse();
      expect(data.input_tokens).toBeGreaterThan(0);
      const isNative = name === 'anthropic';
      expect(response.headers.get('x-sluice-estimated')).toBe(isNative ? null : 'true');
      expect(vendors.vendor(name).requests).toHaveLength(isNative ? 1 : 0);
    });

    test.each(['error-2', 'cut-2', 'reset-2'])(
      'a stream that fails after content (%s) raises and is never whole',
      async (fault) => {
        vendors.vendor(name).behave(fault);
        let text = '';
        const stream = client.messages.stream(ask()).on('text', (delta) => (text += delta));
        const error = await stream.finalMessage().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(APIError);
        expect(['api_error', 'overloaded_error']).toContain((error as APIError).type);
        expect(text).toBe('Hello from');
        expect(asked).toBe(1);
      },
    );

    test('a stream that fails before content is a typed error with a status', async () => {
      vendors.vendor(name).behave('error-0');
      const error = await client.messages.stream(ask()).finalMessage().catch(toError);
      expect(error).toBeInstanceOf(InternalServerError);
      expect(asked).toBe(1);
    });

    test("a vendor's refusal of the request is a BadRequestError with the vendor's words", async () => {
      vendors.vendor(name).behave('status-400;message=temperature is too odd');
      const error = await client.messages.create(ask()).catch(toError);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({ type: 'invalid_request_error', apiMessage: 'temperature is too odd' });
    });

    test('a rate limit is a RateLimitError with retry-after', async () => {
      vendors.vendor(name).behave('status-429;retry-after=30');
      const error = await client.messages.create(ask(), { maxRetries: 0 }).catch(toError);
      expect(error).toBeInstanceOf(RateLimitError);
      expect(error).toMatchObject({ type: 'rate_limit_error' });
      expect((error as RateLimitError).headers.get('retry-after')).toBe('30');
    });

    test.each([
      ['status-500', InternalServerError, 502, 'api_error'],
      ['status-503', ServiceUnavailableError, 503, 'overloaded_error'],
      ['status-529', ServiceUnavailableError, 503, 'overloaded_error'],
      ['status-401', InternalServerError, 502, 'api_error'],
    ] as const)('%s is a %o that the SDK does not repeat', async (fault, type, status, errorType) => {
      vendors.vendor(name).behave(fault);
      const error = await client.messages.create(ask()).catch(toError);
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ status, type: errorType });
      expect(asked).toBe(1);
      expect(vendors.vendor(name).requests).toHaveLength(1);
    });

    test('a context that is too long is a BadRequestError', async () => {
      vendors.vendor(name).behave('context-length');
      const error = await client.messages.create(ask()).catch(toError);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
    });
  });

  test('a vendor that stays silent is a GatewayTimeoutError', async () => {
    vendors.vendor('anthropic').behave('silent');
    const asking = client.messages
      .create({ model: 'anthropic/claude-haiku-4-5', max_tokens: 10, messages: say('hi') })
      .catch(toError);
    await vendors.vendor('anthropic').waitForRequest();
    vendors.clock.advance(10 * 60_000);
    const error = await asking;
    expect(error).toBeInstanceOf(GatewayTimeoutError);
    expect(error).toMatchObject({ type: 'timeout_error' });
  });

  test('a wrong key is an AuthenticationError', async () => {
    const error = await clientWith('nobody')
      .messages.create({ model: 'auto', max_tokens: 10, messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ type: 'authentication_error' });
  });

  test('a key is taken as a bearer token too', async () => {
    const bearer = new Anthropic({ baseURL: vendors.url, apiKey: null, authToken: CALLER_KEY });
    const message = await bearer.messages.create({ model: 'auto', max_tokens: 10, messages: say('hi') });
    expect(message.content).toEqual([expect.objectContaining({ text: 'Hello from openai: hi' })]);
  });

  test('what a vendor says of an error in details reaches the SDK, which acts on it', async () => {
    const details = { error_code: 'thread_unsupported_request', unsupported: ['container'] };
    vendors.vendor('anthropic').behave({
      kind: 'status',
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message: 'No thread.', details } },
    });
    const error = await client.messages
      .create({ model: 'anthropic/claude-haiku-4-5', max_tokens: 10, messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ errorCode: 'thread_unsupported_request', details });
  });

  test('an unknown model is a NotFoundError', async () => {
    const error = await client.messages
      .create({ model: 'claude-haiku-4-6', max_tokens: 10, messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ type: 'not_found_error' });
    expect((error as APIError).apiMessage).toContain('claude-haiku-4-5');
  });

  test('a request at fault is a BadRequestError that names the fields', async () => {
    const error = await client.messages
      .create({ model: 'auto', messages: [], max_tokens: 0.5 })
      .catch(toError);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as APIError).apiMessage).toContain('messages');
    expect((error as APIError).apiMessage).toContain('max_tokens');
  });

  test('the request id of an error is where the SDK looks for it', async () => {
    const error = await client.messages
      .create({ model: 'nothing', max_tokens: 10, messages: say('hi') })
      .catch(toError);
    expect((error as APIError).requestID).toMatch(/^[\w-]{36}$/);
  });

  test('models.list and models.retrieve speak the shape of Anthropic', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) {
      expect(model.type).toBe('model');
      ids.push(model.id);
    }
    expect(ids).toContain('anthropic/claude-haiku-4-5');
    expect(await client.models.retrieve('auto')).toMatchObject({ id: 'auto', type: 'model' });
  });
});

function toError(error: unknown): unknown {
  return error;
}
