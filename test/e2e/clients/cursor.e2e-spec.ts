import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { postJson, postStream } from '../../support/http.js';
import { CALLER_KEY, TARGETS, ThreeVendors, WEATHER_SCHEMA } from './three-vendors.js';

interface Chunk {
  readonly object: string;
  readonly choices: readonly {
    readonly delta: { readonly content?: string | null };
    readonly finish_reason: string | null;
  }[];
}

/** Cursor posts bodies of the Responses API to /v1/chat/completions and reads chat completions. */
describe('a Responses body on /v1/chat/completions', () => {
  let vendors: ThreeVendors;
  const headers = { authorization: `Bearer ${CALLER_KEY}` };
  const url = () => `${vendors.url}/v1/chat/completions`;
  const bodyOf = (model: string, text: string) => ({
    model,
    user: 'cursor-user',
    instructions: 'Be kind.',
    input: [
      { role: 'system', content: 'You are a coding assistant.' },
      { role: 'user', content: [{ type: 'input_text', text }] },
    ],
    tools: [{ type: 'function', name: 'get_weather', description: 'Weather', parameters: WEATHER_SCHEMA }],
    tool_choice: 'auto',
    store: false,
    include: ['reasoning.encrypted_content'],
  });

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  describe.each(TARGETS)('in front of %s', (name, model, servedModel) => {
    test('is answered with a chat completion', async () => {
      const { status, body } = await postJson(url(), bodyOf(model, 'hi'), headers);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        object: 'chat.completion',
        model: servedModel,
        choices: [
          { message: { role: 'assistant', content: `Hello from ${name}: hi` }, finish_reason: 'stop' },
        ],
      });
      expect(body).not.toHaveProperty('output');
      const raw = vendors.vendor(name).requests[0]?.rawBody;
      expect(raw).toContain('Be kind.');
      expect(raw).toContain('You are a coding assistant.');
    });

    test('is answered with chunks of a chat completion', async () => {
      const { events } = await postStream(url(), { ...bodyOf(model, 'hi'), stream: true }, headers);
      expect(events.at(-1)).toBe('[DONE]');
      const chunks = events.slice(0, -1) as Chunk[];
      expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']));
      const choices = chunks.flatMap((chunk) => chunk.choices);
      expect(choices.map(({ delta }) => delta.content ?? '').join('')).toBe(`Hello from ${name}: hi`);
      expect(choices.map((choice) => choice.finish_reason).filter((reason) => reason != null)).toEqual([
        'stop',
      ]);
    });

    test('brings tool calls, and their results go back', async () => {
      const asked = bodyOf(model, 'call get_weather {"city":"Paris"}');
      const first = await postJson(url(), asked, headers);
      const { choices } = first.body as {
        choices: { message: { tool_calls: { id: string; function: { arguments: string } }[] } }[];
      };
      const call = choices[0]?.message.tool_calls[0];
      expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: 'Paris' });
      const second = await postJson(
        url(),
        {
          ...asked,
          input: [
            ...asked.input,
            {
              type: 'function_call',
              call_id: call?.id,
              name: 'get_weather',
              arguments: call?.function.arguments,
            },
            { type: 'function_call_output', call_id: call?.id, output: 'sunny in Paris' },
          ],
        },
        headers,
      );
      expect(second.status).toBe(200);
      expect(vendors.vendor(name).requests[1]?.rawBody).toContain('sunny in Paris');
    });

    test('an error comes in the shape of OpenAI', async () => {
      vendors.vendor(name).behave('status-400;message=temperature is too odd');
      const { status, body } = await postJson(url(), bodyOf(model, 'hi'), headers);
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: { message: 'temperature is too odd', type: 'invalid_request_error' },
      });
    });
  });

  test('a fault in it is named by its own member', async () => {
    const { status, body } = await postJson(url(), { model: 'auto', input: [] }, headers);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param: 'input' } });
  });
});
