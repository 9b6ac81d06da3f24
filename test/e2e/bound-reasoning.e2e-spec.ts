import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const THINKING = { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmVk' };
const conversation = {
  model: 'auto',
  max_tokens: 4000,
  thinking: { type: 'enabled', budget_tokens: 2000 },
  messages: [
    { role: 'user', content: 'What is six times seven?' },
    { role: 'assistant', content: [THINKING, { type: 'text', text: '42' }] },
    { role: 'user', content: 'And times two?' },
  ],
};

describe('reasoning that only its key can read', () => {
  const clock = new ManualClock();
  let one: Simulator;
  let two: Simulator;
  let gateway: RunningGateway;
  const ask = (body: object = conversation): Promise<JsonAnswer> =>
    postJson(`${gateway.url}/v1/messages`, body, { 'anthropic-version': '2023-06-01' });
  const blocksSeenBy = (vendor: Simulator): unknown => {
    const body = vendor.requests.at(-1)?.body as { messages: { content: unknown }[] };
    return body.messages[1]?.content;
  };

  beforeAll(async () => {
    one = await startSimulator({ format: 'anthropic', name: 'one' });
    two = await startSimulator({ format: 'anthropic', name: 'two' });
    gateway = await startGateway({
      clock,
      yaml: `
providers:
  - { name: one, vendor: anthropic, base_url: "${one.url}/v1", api_keys: [key-1, key-2], max_retries: 0 }
  - { name: two, vendor: anthropic, base_url: "${two.url}/v1", api_keys: [key-3], max_retries: 0 }
`,
    });
  });

  afterEach(async () => {
    await Promise.all([one.clear(), two.clear()]);
    clock.advance(10 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([one.close(), two.close()]);
  });

  test('goes on unharmed to the provider that is always asked first', async () => {
    await ask();
    expect(blocksSeenBy(one)).toEqual([THINKING, { type: 'text', text: '42' }]);
  });

  test('is left out, and reported, when another provider takes over', async () => {
    one.behave('status-500');
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-sluice-provider')).toBe('two');
    expect(answer.headers.get('x-sluice-dropped')).toBe('messages.reasoning');
    expect(blocksSeenBy(two)).toEqual([{ type: 'text', text: '42' }]);
  });

  test('stays with the provider that made it, also when the first one is back', async () => {
    const other = {
      ...conversation,
      messages: [{ role: 'user', content: 'Another question?' }, ...conversation.messages.slice(1)],
    };
    one.behave('status-500');
    await ask({ ...other, messages: other.messages.slice(0, 1) });
    await one.clear();
    clock.advance(60_000);
    const answer = await ask(other);
    expect(answer.headers.get('x-sluice-provider')).toBe('one');
    expect(blocksSeenBy(one)).toEqual([{ type: 'text', text: '42' }]);
  });

  test('turns of one conversation land on one key', async () => {
    await ask({ ...conversation, messages: conversation.messages.slice(0, 1) });
    await ask();
    await ask();
    expect(new Set(one.requests.map((request) => request.key))).toHaveProperty('size', 1);
  });
});
