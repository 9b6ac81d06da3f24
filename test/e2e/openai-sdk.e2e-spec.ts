import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const USER = 'user' as const;
const WEATHER_TOOL = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

describe('the official openai SDK, with its base URL and key changed and nothing else', () => {
  const clock = new ManualClock();
  const vendors = new Map<string, Simulator>();
  let gateway: RunningGateway;
  let client: OpenAI;

  const vendor = (name: string): Simulator => vendors.get(name)!;
  const say = (content: string) => [{ role: USER, content }];
  /** How often the SDK asked since the last test: it must not repeat what the gateway has repeated. */
  let asked = 0;
  const clientWith = (apiKey: string) =>
    new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey,
      fetch: (input, init) => {
        asked++;
        return fetch(input, init);
      },
    });

  beforeAll(async () => {
    vendors.set('deepseek', await startSimulator({ format: 'openai', flavour: 'deepseek' }));
    vendors.set('openai', await startSimulator({ format: 'openai' }));
    vendors.set('anthropic', await startSimulator({ format: 'anthropic' }));
    const providers = [...vendors].map(
      ([name, { url }]) =>
        `  - { name: ${name}, vendor: ${name}, base_url: "${url}/v1", api_keys: [vendor-key-of-${name}], max_retries: 0 }`,
    );
    gateway = await startGateway({
      clock,
      yaml: `
auth:
  keys:
    - { name: everything, key: key-for-everything }
    - { name: limited, key: key-for-deepseek, models: ["deepseek/*"] }
providers:
${providers.join('\n')}
`,
    });
    client = clientWith('key-for-everything');
  });

  afterEach(async () => {
    await Promise.all([...vendors.values()].map((simulator) => simulator.clear()));
    clock.advance(10 * 60_000);
    asked = 0;
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([...vendors.values()].map((simulator) => simulator.close()));
  });

  describe.each([
    ['deepseek', 'deepseek/deepseek-chat', 'deepseek-chat'],
    ['openai', 'openai/gpt-4o-mini', 'gpt-4o-mini'],
    ['anthropic', 'anthropic/claude-haiku-4-5', 'claude-haiku-4-5'],
  ])('in front of %s', (name, model, servedModel) => {
    test('create answers with text, finish reason and usage', async () => {
      vendor(name).setAnswer({ answer: 'Hello there!', usage: { input: 9, output: 12 } });
      const { data: completion, response } = await client.chat.completions
        .create({ model, messages: say('hi'), temperature: 0.5, max_completion_tokens: 50 })
        .withResponse();
      expect(completion).toMatchObject({
        id: expect.stringMatching(/./) as string,
        object: 'chat.completion',
        created: expect.any(Number) as number,
        model: servedModel,
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Hello there!' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
      });
      expect(response.headers.get('x-sluice-provider')).toBe(name);
      expect(vendor(name).requests[0]).toMatchObject({ key: `vendor-key-of-${name}`, model: servedModel });
    });

    test('create with stream yields typed chunks, and no usage chunk unless it was asked for', async () => {
      const stream = await client.chat.completions.create({ model, messages: say('hi'), stream: true });
      let text = '';
      const finishReasons: string[] = [];
      const ids = new Set<string>();
      for await (const chunk of stream) {
        expect(chunk.object).toBe('chat.completion.chunk');
        expect(chunk.choices).toHaveLength(1);
        // DeepSeek reports usage beside the finish reason whether it was asked to or not.
        if (name !== 'deepseek') expect(chunk.usage ?? null).toBeNull();
        ids.add(chunk.id);
        text += chunk.choices[0]?.delta.content ?? '';
        const reason = chunk.choices[0]?.finish_reason;
        if (reason != null) finishReasons.push(reason);
      }
      expect(text).toBe(`Hello from ${name}: hi`);
      expect(finishReasons).toEqual(['stop']);
      expect(ids.size).toBe(1);
    });

    test('a stream with include_usage ends in a usage report', async () => {
      vendor(name).setAnswer({ usage: { input: 9, output: 12 } });
      const stream = await client.chat.completions.create({
        model,
        messages: say('hi'),
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await collect(stream);
      const reports = chunks.filter((chunk) => chunk.usage != null);
      expect(reports).toHaveLength(1);
      expect(chunks.at(-1)).toBe(reports[0]);
      expect(reports[0]?.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
    });

    test('the stream helper gathers the whole completion', async () => {
      const deltas: string[] = [];
      const stream = client.chat.completions
        .stream({ model, messages: say('hi'), stream_options: { include_usage: true } })
        .on('content', (delta) => deltas.push(delta));
      const completion = await stream.finalChatCompletion();
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.join('')).toBe(`Hello from ${name}: hi`);
      expect(completion.choices[0]?.message.content).toBe(`Hello from ${name}: hi`);
      expect(completion.choices[0]?.finish_reason).toBe('stop');
      expect((await stream.totalUsage()).total_tokens).toBeGreaterThan(0);
    });

    test('create answers with a tool call', async () => {
      const completion = await client.chat.completions.create({
        model,
        messages: say('call get_weather {"city":"Paris"}'),
        tools: [WEATHER_TOOL],
      });
      const [choice] = completion.choices;
      expect(choice?.finish_reason).toBe('tool_calls');
      expect(choice?.message.tool_calls).toHaveLength(1);
      const call = choice?.message.tool_calls?.[0];
      expect(call).toMatchObject({ id: expect.stringMatching(/./) as string, type: 'function' });
      if (call?.type !== 'function') throw new Error('a function call was expected');
      expect(call.function.name).toBe('get_weather');
      expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Paris' });
    });

    test('the stream helper puts two parallel tool calls together', async () => {
      vendor(name).setAnswer({
        tools: [
          { name: 'get_weather', arguments: '{"city":"Paris"}' },
          { name: 'get_weather', arguments: '{"city":"Rome"}' },
        ],
      });
      const done: unknown[] = [];
      const stream = client.chat.completions
        .stream({ model, messages: say('the weather, please'), tools: [WEATHER_TOOL] })
        .on('tool_calls.function.arguments.done', ({ index, name: tool, arguments: text }) =>
          done.push([index, tool, JSON.parse(text)]),
        );
      const message = await stream.finalMessage();
      expect(done).toEqual([
        [0, 'get_weather', { city: 'Paris' }],
        [1, 'get_weather', { city: 'Rome' }],
      ]);
      expect(new Set(message.tool_calls?.map(({ id }) => id)).size).toBe(2);
    });

    test('runTools goes round through a tool and back', async () => {
      const runner = client.chat.completions.runTools({
        model,
        messages: say('call get_weather {"city":"Paris"}'),
        stream: true,
        tools: [
          {
            ...WEATHER_TOOL,
            function: {
              ...WEATHER_TOOL.function,
              parse: JSON.parse as (text: string) => { city: string },
              function: ({ city }: { city: string }) => `sunny in ${city}`,
            },
          },
        ],
      });
      expect(await runner.finalContent()).toContain(`Hello from ${name}`);
      expect(vendor(name).requests).toHaveLength(2);
      expect(vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test.each(['error-2', 'cut-2', 'reset-2'])(
      'a stream that fails after content (%s) raises and does not end',
      async (fault) => {
        vendor(name).behave(fault);
        const stream = await client.chat.completions.create({ model, messages: say('hi'), stream: true });
        let text = '';
        const reading = (async () => {
          for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
        })();
        await expect(reading).rejects.toBeInstanceOf(APIError);
        expect(text).toBe('Hello from');
        expect(asked).toBe(1);
      },
    );

    test('a stream that fails before content is a typed error with a status', async () => {
      vendor(name).behave('error-0');
      const asking = client.chat.completions.create({ model, messages: say('hi'), stream: true });
      await expect(asking).rejects.toBeInstanceOf(InternalServerError);
      expect(asked).toBe(1);
    });

    test('abort() of a stream closes the vendor call', async () => {
      vendor(name).behave('drip-20;chunks=500');
      const controller = new AbortController();
      const stream = await client.chat.completions.create(
        { model, messages: say('hi'), stream: true },
        { signal: controller.signal },
      );
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content) controller.abort();
      }
      const request = await vendor(name).waitForCallerClose();
      expect(request.chunksSent).toBeLessThan(500);
      expect(request.finishedAt).toBeNull();
    });

    test('abort() of a request that waits closes the vendor call', async () => {
      vendor(name).behave('silent');
      const controller = new AbortController();
      const asking = client.chat.completions.create(
        { model, messages: say('hi') },
        { signal: controller.signal },
      );
      await vendor(name).waitForRequest();
      controller.abort();
      await expect(asking).rejects.toBeInstanceOf(APIUserAbortError);
      await vendor(name).waitForCallerClose();
      expect(vendor(name).requests).toHaveLength(1);
    });

    test("a vendor's refusal of the request is a BadRequestError with the vendor's words", async () => {
      vendor(name).behave('status-400;message=temperature is too odd');
      const error = await client.chat.completions.create({ model, messages: say('hi') }).catch(toError);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({
        status: 400,
        code: 'invalid_request',
        type: 'invalid_request_error',
        message: '400 temperature is too odd',
      });
    });

    test('a rate limit is a RateLimitError with retry-after', async () => {
      vendor(name).behave('status-429;retry-after=30');
      const error = await client.chat.completions
        .create({ model, messages: say('hi') }, { maxRetries: 0 })
        .catch(toError);
      expect(error).toBeInstanceOf(RateLimitError);
      expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
      expect((error as RateLimitError).headers.get('retry-after')).toBe('30');
    });

    test.each([
      ['status-500', 502],
      ['status-503', 503],
      ['status-401', 502],
    ])('%s is an InternalServerError that the SDK does not repeat', async (fault, status) => {
      vendor(name).behave(fault);
      const error = await client.chat.completions.create({ model, messages: say('hi') }).catch(toError);
      expect(error).toBeInstanceOf(InternalServerError);
      expect((error as InternalServerError).status).toBe(status);
      expect((error as InternalServerError).headers.get('x-should-retry')).toBe('false');
      expect(asked).toBe(1);
      expect(vendor(name).requests).toHaveLength(1);
    });
  });

  test('an outage of every vendor costs one request, whatever retries the SDK has by default', async () => {
    for (const simulator of vendors.values()) simulator.behave('status-500');
    const error = await client.chat.completions.create({ model: 'auto', messages: say('hi') }).catch(toError);
    expect(error).toBeInstanceOf(InternalServerError);
    expect((error as Error).message).toContain('deepseek: 500 Internal Server Error');
    expect(asked).toBe(1);
    for (const simulator of vendors.values()) expect(simulator.requests).toHaveLength(1);
  });

  test('failover is invisible but for the headers', async () => {
    vendor('deepseek').behave('status-500');
    const { data, response } = await client.chat.completions
      .create({ model: 'auto', messages: say('hi') })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('Hello from openai: hi');
    expect(response.headers.get('x-sluice-attempts')).toBe('2');
  });

  test('a failover before content is invisible in a stream', async () => {
    vendor('deepseek').behave('error-0');
    const completion = await client.chat.completions
      .stream({ model: 'auto', messages: say('hi') })
      .finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('Hello from openai: hi');
  });

  test('a wrong key is an AuthenticationError', async () => {
    const error = await clientWith('nobody')
      .chat.completions.create({ model: 'auto', messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' });
  });

  test('a model that the key may not use is a PermissionDeniedError', async () => {
    const error = await clientWith('key-for-deepseek')
      .chat.completions.create({ model: 'openai/gpt-4o-mini', messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, code: 'model_not_allowed', param: 'model' });
  });

  test('an unknown model is a NotFoundError that names the nearest', async () => {
    const error = await client.chat.completions
      .create({ model: 'gpt-4o-mimi', messages: say('hi') })
      .catch(toError);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect((error as Error).message).toContain('gpt-4o-mini');
  });

  test('a request at fault is a BadRequestError that names the field and the request', async () => {
    const error = await client.chat.completions
      .create({ model: 'auto', messages: [], temperature: 'hot' as unknown as number })
      .catch(toError);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as Error).message).toContain('messages must be a non-empty array');
    expect((error as Error).message).toContain('temperature');
    expect((error as BadRequestError).requestID).toMatch(/^[\w-]{36}$/);
  });

  test('models.list has the routes and every provider/model', async () => {
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toEqual([
      'auto',
      'deepseek/deepseek-chat',
      'openai/gpt-4o-mini',
      'anthropic/claude-haiku-4-5',
    ]);
  });

  test.each(['auto', 'openai/gpt-4o-mini', 'gpt-4o-mini'])('models.retrieve finds %s', async (id) => {
    expect(await client.models.retrieve(id)).toMatchObject({ id, object: 'model' });
  });

  test('models.retrieve of an unknown id is a NotFoundError', async () => {
    const error = await client.models.retrieve('openai/gpt-99').catch(toError);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found' });
  });
});

function toError(error: unknown): unknown {
  return error;
}

async function collect<Item>(items: AsyncIterable<Item> | PromiseLike<AsyncIterable<Item>>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of await items) collected.push(item);
  return collected;
}
