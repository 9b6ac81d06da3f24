import { AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CALLER_KEY, TARGETS, ThreeVendors, WEATHER_SCHEMA } from './three-vendors.js';

const EVENT_SCHEMA = {
  title: 'event',
  type: 'object',
  properties: { name: { type: 'string' }, day: { type: 'string' } },
  required: ['name', 'day'],
  additionalProperties: false,
};
const PARTY = { name: 'party', day: 'Friday' };
const WEATHER_TOOL = {
  type: 'function' as const,
  function: { name: 'get_weather', description: 'The weather of a city', parameters: WEATHER_SCHEMA },
};

describe.each([
  ['chat completions', false],
  ['responses', true],
])('@langchain/openai: ChatOpenAI on %s', (_api, useResponsesApi) => {
  let vendors: ThreeVendors;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, model) => {
    const chat = () =>
      new ChatOpenAI({
        model,
        apiKey: CALLER_KEY,
        configuration: { baseURL: `${vendors.url}/v1` },
        useResponsesApi,
        maxRetries: 0,
      });

    test('invoke answers with text and usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'Hello there!', usage: { input: 9, output: 12 } });
      const message = await chat().invoke([new SystemMessage('Be kind.'), new HumanMessage('hi')]);
      expect(message.text).toBe('Hello there!');
      expect(message.usage_metadata).toMatchObject({ input_tokens: 9, output_tokens: 12, total_tokens: 21 });
      expect(vendors.vendor(name).requests[0]?.rawBody).toContain('Be kind.');
    });

    test('stream brings the text in pieces and the usage', async () => {
      vendors.vendor(name).setAnswer({ answer: 'One two three', usage: { input: 9, output: 12 } });
      const pieces: string[] = [];
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await chat().stream('hi')) {
        if (chunk.text !== '') pieces.push(chunk.text);
        whole = whole === undefined ? chunk : whole.concat(chunk);
      }
      expect(pieces.length).toBeGreaterThan(1);
      expect(whole?.text).toBe('One two three');
      expect(whole?.usage_metadata).toMatchObject({ input_tokens: 9, output_tokens: 12 });
    });

    test('bindTools: a tool call and its result go round', async () => {
      const withTools = chat().bindTools([WEATHER_TOOL]);
      const question = new HumanMessage('call get_weather {"city":"Paris"}');
      const asked = await withTools.invoke([question]);
      expect(asked.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
      const id = asked.tool_calls?.[0]?.id ?? '';
      const answer = await withTools.invoke([
        question,
        asked,
        new ToolMessage({ content: 'sunny in Paris', tool_call_id: id }),
      ]);
      expect(answer.text).toContain(`Hello from ${name}`);
      expect(vendors.vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test('bindTools: streamed calls come together', async () => {
      let whole: AIMessageChunk | undefined;
      const question = 'call get_weather {"city":"Paris"} and call get_weather {"city":"Rome"}';
      for await (const chunk of await chat().bindTools([WEATHER_TOOL]).stream(question)) {
        whole = whole === undefined ? chunk : whole.concat(chunk);
      }
      expect(whole?.tool_calls?.map(({ args }) => args)).toEqual([{ city: 'Paris' }, { city: 'Rome' }]);
      expect(new Set(whole?.tool_calls?.map(({ id }) => id)).size).toBe(2);
    });

    test('withStructuredOutput by JSON schema gives the object', async () => {
      vendors.vendor(name).setAnswer({ answer: JSON.stringify(PARTY) });
      const structured = chat().withStructuredOutput<typeof PARTY>(EVENT_SCHEMA, {
        name: 'event',
        method: 'jsonSchema',
      });
      expect(await structured.invoke('extract the event')).toEqual(PARTY);
    });

    test('withStructuredOutput by function calling likewise', async () => {
      vendors.vendor(name).setAnswer({ tools: [{ name: 'event', arguments: JSON.stringify(PARTY) }] });
      const structured = chat().withStructuredOutput<typeof PARTY>(EVENT_SCHEMA, {
        name: 'event',
        method: 'functionCalling',
      });
      expect(await structured.invoke('extract the event')).toEqual(PARTY);
    });

    test('a stream that fails after content raises', async () => {
      vendors.vendor(name).behave('cut-2');
      let text = '';
      const reading = (async () => {
        for await (const chunk of await chat().stream('hi')) text += chunk.text;
      })();
      await expect(reading).rejects.toThrow();
      expect(text).toBe('Hello from');
    });

    test('a rate limit is an error with its status', async () => {
      vendors.vendor(name).behave('status-429;retry-after=30');
      await expect(chat().invoke('hi')).rejects.toMatchObject({ status: 429 });
    });
  });
});
