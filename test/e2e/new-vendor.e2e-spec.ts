import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { EventLoopTurn } from '../../src/common/event-loop-turn.js';
import { StreamTurns } from '../../src/common/stream-turns.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { AnswerMeter } from '../../src/contract/answer-meter.js';
import { OPENAI_CHAT_INBOUND } from '../../src/formats/openai-chat/openai-chat.format.js';
import { UpstreamClient } from '../../src/providers/http/upstream-client.js';
import { UpstreamPools } from '../../src/providers/http/upstream-pools.js';
import { OpenaiCompatibleAdapter } from '../../src/providers/openai-compatible/openai-compatible.adapter.js';
import type { Preset } from '../../src/providers/openai-compatible/presets.js';
import { ProviderCaller } from '../../src/providers/provider-caller.js';
import { ProviderEndpoint } from '../../src/providers/provider-endpoint.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';

/** All that a new OpenAI-compatible vendor takes. */
const acme: Preset = {
  baseUrl: 'https://api.acme.example/v1',
  model: 'acme-large',
  keyRequired: true,
  traits: {
    maxTokensField: 'max_completion_tokens',
    unsupported: ['logit_bias'],
  },
};

describe('a new OpenAI-compatible vendor', () => {
  const pools = new UpstreamPools();
  let vendor: Simulator;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai', name: 'acme' });
  });

  afterAll(async () => {
    await pools.onApplicationShutdown();
    await vendor.close();
  });

  test('is one preset', async () => {
    const yaml = `providers: [{ name: acme, vendor: openai-compatible, base_url: "${vendor.url}/v1", api_keys: [key] }]`;
    const [settings] = loadSettings({ GATEWAY_CONFIG: 'a.yaml' }, () => yaml).providers;
    if (settings === undefined) throw new Error('the provider is missing');
    const endpoint = new ProviderEndpoint(
      { ...settings, vendor: 'acme' },
      new OpenaiCompatibleAdapter({ acme }),
    );
    const [key] = endpoint.keys;
    if (key === undefined) throw new Error('the key is missing');
    const json = {
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 50,
      logit_bias: { '50256': -100 },
    };
    const original = { format: 'openai-chat', text: JSON.stringify(json), json } as const;
    const clock = new SystemClock();
    const answer = await new ProviderCaller(
      new UpstreamClient(pools, new StreamTurns(new EventLoopTurn(clock), clock), clock),
      clock,
    ).call({
      endpoint,
      model: endpoint.defaultModel,
      key,
      request: OPENAI_CHAT_INBOUND.decodeRequest(original),
      signal: new AbortController().signal,
      meter: new AnswerMeter(),
    });
    expect(answer).toMatchObject({
      kind: 'result',
      dropped: ['logit_bias'],
      result: {
        model: 'acme-large',
        choices: [{ content: [{ type: 'text', text: 'Hello from acme: hi' }] }],
      },
    });
    expect(vendor.requests[0]?.body).toEqual({
      messages: json.messages,
      max_completion_tokens: 50,
      model: 'acme-large',
    });
  });
});
