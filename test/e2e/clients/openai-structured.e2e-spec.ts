import OpenAI, { BadRequestError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CALLER_KEY, TARGETS, ThreeVendors, WEATHER_SCHEMA } from './three-vendors.js';

const EVENT = z.object({ name: z.string(), day: z.string(), guests: z.array(z.string()) });
const PARTY = { name: 'party', day: 'Friday', guests: ['Ann', 'Bob'] };

describe('openai: chat completions', () => {
  let vendors: ThreeVendors;
  let client: OpenAI;
  const say = (content: string) => [{ role: 'user' as const, content }];

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
    client = new OpenAI({ baseURL: `${vendors.url}/v1`, apiKey: CALLER_KEY });
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, model, servedModel) => {
    test('parse with a zod schema gives the object', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const completion = await client.chat.completions.parse({
        model,
        messages: say('extract the event'),
        response_format: zodResponseFormat(EVENT, 'event'),
      });
      const message = completion.choices[0]?.message;
      expect(message?.parsed).toEqual(PARTY);
      expect(message?.refusal ?? null).toBeNull();
      expect(completion.choices[0]?.finish_reason).toBe('stop');
      expect(vendors.vendor(name).requests[0]?.rawBody).toContain('guests');
    });

    test('the stream helper parses a JSON schema answer', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const completion = await client.chat.completions
        .stream({
          model,
          messages: say('extract the event'),
          response_format: zodResponseFormat(EVENT, 'event'),
        })
        .finalChatCompletion();
      expect(completion.choices[0]?.message.parsed).toEqual(PARTY);
    });

    test('create and the stream helper give the same message', async () => {
      vendors.vendor(name).setAnswer({ answer: 'Hello, world', usage: { input: 9, output: 12 } });
      const params = { model, messages: say('hi') };
      const whole = await client.chat.completions.create(params);
      const streamed = await client.chat.completions
        .stream({ ...params, stream_options: { include_usage: true } })
        .finalChatCompletion();
      expect(streamed.model).toBe(servedModel);
      expect(whole.model).toBe(servedModel);
      expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
      expect(streamed.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
      expect(whole.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
    });

    test.each([false, true])('runTools goes round through a tool and back (stream: %s)', async (stream) => {
      const tool = {
        type: 'function' as const,
        function: {
          name: 'get_weather',
          description: 'The weather of a city',
          parameters: WEATHER_SCHEMA,
          parse: JSON.parse as (text: string) => { city: string },
          function: ({ city }: { city: string }) => `sunny in ${city}`,
        },
      };
      const params = { model, messages: say('call get_weather {"city":"Paris"}'), tools: [tool] };
      const runner = stream
        ? client.chat.completions.runTools({ ...params, stream: true })
        : client.chat.completions.runTools(params);
      expect(await runner.finalContent()).toContain(`Hello from ${name}`);
      expect(vendors.vendor(name).requests).toHaveLength(2);
      expect(vendors.vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test("no vendor sees the caller's key", async () => {
      await client.chat.completions.create({ model, messages: say('hi') });
      const [request] = vendors.vendor(name).requests;
      expect(request?.key).toBe(`vendor-key-of-${name}`);
      expect(JSON.stringify(request?.headers)).not.toContain(CALLER_KEY);
    });
  });

  describe('n: 2', () => {
    const twoAnswers = (model: string) =>
      client.chat.completions.create({ model, messages: say('hi'), n: 2 });

    test('reaches an OpenAI target, and both answers come back', async () => {
      const choice = (index: number) => ({
        index,
        message: { role: 'assistant', content: `answer ${String(index)}`, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      });
      vendors.vendor('openai').behave({
        kind: 'replay',
        contentType: 'application/json',
        body: JSON.stringify({
          id: 'chatcmpl-1',
          object: 'chat.completion',
          created: 1_767_225_600,
          model: 'gpt-4o-mini',
          choices: [choice(0), choice(1)],
          usage: { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 },
        }),
      });
      const completion = await twoAnswers('openai/gpt-4o-mini');
      expect(completion.choices.map(({ index, message }) => [index, message.content])).toEqual([
        [0, 'answer 0'],
        [1, 'answer 1'],
      ]);
      expect(vendors.vendor('openai').requests[0]?.body).toMatchObject({ n: 2 });
    });

    test('is refused for an Anthropic target, naming n', async () => {
      const error = await twoAnswers('anthropic/claude-haiku-4-5').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({
        status: 400,
        code: 'unsupported_parameter',
        param: 'n',
        message: expect.stringMatching(/\bn must be 1\b/) as string,
      });
      expect(vendors.vendor('anthropic').requests).toHaveLength(0);
    });
  });
});
