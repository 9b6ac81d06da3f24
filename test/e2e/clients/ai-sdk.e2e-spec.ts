import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateObject,
  generateText,
  isStepCount,
  Output,
  streamText,
  tool,
  type LanguageModel,
} from 'ai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CALLER_KEY, TARGETS, ThreeVendors } from './three-vendors.js';

const EVENT = z.object({ name: z.string(), day: z.string() });
const PARTY = { name: 'party', day: 'Friday' };

const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => Promise.resolve(`sunny in ${city}`),
});

type MakeModel = (baseUrl: string, model: string) => LanguageModel;

const CLIENTS: readonly (readonly [string, MakeModel])[] = [
  [
    '@ai-sdk/openai, chat model',
    (url, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey: CALLER_KEY }).chat(model),
  ],
  [
    '@ai-sdk/openai, default (responses) model',
    (url, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey: CALLER_KEY })(model),
  ],
  [
    '@ai-sdk/openai-compatible',
    (url, model) =>
      createOpenAICompatible({
        name: 'sluice',
        baseURL: `${url}/v1`,
        apiKey: CALLER_KEY,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(model),
  ],
  ['@ai-sdk/anthropic', (url, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey: CALLER_KEY })(model)],
];

/** The Responses API of OpenAI keeps what was said; here nothing is stored, and this is how the SDK is told. */
const STATELESS = { openai: { store: false } };

describe.each(CLIENTS)('ai: %s', (_client, makeModel) => {
  let vendors: ThreeVendors;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, modelId) => {
    const model = () => makeModel(vendors.url, modelId);
    const quiet = { providerOptions: STATELESS, maxRetries: 0, maxOutputTokens: 200 };

    test('generateText answers with text, finish reason and usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'Hello there!', usage: { input: 9, output: 12 } });
      const result = await generateText({ model: model(), instructions: 'Be kind.', prompt: 'hi', ...quiet });
      expect(result.text).toBe('Hello there!');
      expect(result.finishReason).toBe('stop');
      expect(result.usage).toMatchObject({ inputTokens: 9, outputTokens: 12 });
      expect(result.finalStep.response.headers?.['x-sluice-provider']).toBe(name);
      expect(vendors.vendor(name).requests[0]?.rawBody).toContain('Be kind.');
    });

    test('streamText brings the text in pieces, then finish reason and usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'One two three', usage: { input: 9, output: 12 } });
      const result = streamText({ model: model(), prompt: 'hi', ...quiet });
      const pieces: string[] = [];
      for await (const piece of result.textStream) pieces.push(piece);
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join('')).toBe('One two three');
      expect(await result.finishReason).toBe('stop');
      expect(await result.usage).toMatchObject({ inputTokens: 9, outputTokens: 12 });
    });

    test.each(['generateText', 'streamText'] as const)('%s goes through two tools and on', async (way) => {
      const params = {
        model: model(),
        prompt: 'call weather {"city":"Paris"} and call weather {"city":"Rome"}',
        tools: { weather },
        stopWhen: isStepCount(3),
        ...quiet,
      };
      const result = way === 'generateText' ? await generateText(params) : streamText(params);
      const steps = await result.steps;
      expect(steps).toHaveLength(2);
      expect(steps[0]?.finishReason).toBe('tool-calls');
      expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual(['sunny in Paris', 'sunny in Rome']);
      expect(await result.text).toContain(`Hello from ${name}`);
      const sent = vendors.vendor(name).requests[1]?.rawBody;
      expect(sent).toContain('sunny in Paris');
      expect(sent).toContain('sunny in Rome');
    });

    test('Output.object gives an object of the schema', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const { output } = await generateText({
        model: model(),
        prompt: 'extract the event',
        output: Output.object({ schema: EVENT }),
        ...quiet,
      });
      expect(output).toEqual(PARTY);
    });

    test('generateObject likewise', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      // Deprecated in favour of Output.object, and still what much code calls.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      const { object } = await generateObject({
        model: model(),
        prompt: 'extract the event',
        schema: EVENT,
        ...quiet,
      });
      expect(object).toEqual(PARTY);
    });

    test.each(['error-2', 'cut-2', 'reset-2'])(
      'a stream that fails after content (%s) ends in an error',
      async (fault) => {
        vendors.vendor(name).behave(fault);
        const errors: unknown[] = [];
        const result = streamText({
          model: model(),
          prompt: 'hi',
          ...quiet,
          onError: ({ error }) => {
            errors.push(error);
          },
        });
        let text = '';
        const kinds: string[] = [];
        for await (const part of result.stream) {
          kinds.push(part.type);
          if (part.type === 'text-delta') text += part.text;
        }
        expect(text).toBe('Hello from');
        expect(kinds).toContain('error');
        expect(errors.length).toBeGreaterThan(0);
      },
    );

    test.each([
      ['status-429;retry-after=30', 429],
      ['status-500', 502],
      ['status-400', 400],
    ])('%s is an APICallError with status %d', async (fault, status) => {
      vendors.vendor(name).behave(fault);
      const error = await generateText({ model: model(), prompt: 'hi', ...quiet }).catch(
        (reason: unknown) => reason,
      );
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode: status });
      expect((error as Error).message).not.toBe('');
    });
  });
});
