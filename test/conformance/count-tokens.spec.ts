import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';
import { apiNameOf } from './apis.js';
import { toExactJson } from './exact-json.js';
import { isPlainMessage } from './expect/error-kinds.js';
import { toMembers } from './expect/json.js';
import { readRecordings } from './read-recordings.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

const recordings = readRecordings().filter((recording) => apiNameOf(recording) === 'anthropic.count_tokens');

describe.skipIf(recordings.length === 0)('recorded token counts through the gateway', () => {
  new Report('token counts', recordings).attach();
  const clock = new ManualClock();
  let anthropic: Simulator;
  let openai: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    anthropic = await startSimulator({ format: 'anthropic' });
    openai = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      clock,
      yaml: `
routing: { cooldown: 0s, max_cooldown: 0s }
providers:
  - { name: counts, vendor: anthropic, base_url: "${anthropic.url}/v1", api_keys: [key], models: ["*"], model: any, max_retries: 0 }
  - { name: guesses, vendor: openai, base_url: "${openai.url}/v1", api_keys: [key], models: ["*"], model: any, max_retries: 0 }
`,
    });
  });

  afterEach(async () => {
    await anthropic.clear();
    await openai.clear();
    clock.advance(60 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await anthropic.close();
    await openai.close();
  });

  function ask(recording: Recording, provider: string): Promise<Response> {
    const asked = toMembers(JSON.parse(recording.request!));
    return fetch(`${gateway.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ ...asked, model: `${provider}/${String(asked['model'])}` }),
    });
  }

  test.each(named(recordings))(
    '%s is counted by the vendor, refused in its words, or estimated',
    async (_name, recording) => {
      const { body, meta } = recording;
      anthropic.behave({ kind: 'replay', body, status: meta.status, contentType: 'application/json' });
      const response = await ask(recording, 'counts');
      const answer = toMembers(await response.json());
      expect(toExactJson(anthropic.requests[0]!.rawBody)).toBe(toExactJson(recording.request!));
      // Only a fault of the request is its caller's to know; whoever does not count is estimated for.
      if (meta.status === 404) {
        expect([response.status, answer['estimated']]).toEqual([200, true]);
        return;
      }
      expect(response.status).toBe(meta.status);
      expect(response.headers.get('x-sluice-estimated')).toBeNull();
      const said = toMembers(JSON.parse(new TextDecoder().decode(body)));
      if (meta.status === 200) expect(answer).toEqual(said);
      else {
        expect(answer).toMatchObject({ type: 'error', error: { type: toMembers(said['error'])['type'] } });
        expect(toMembers(answer['error'])['message']).toSatisfy(isPlainMessage);
      }
    },
  );

  test.each(named(recordings))(
    '%s is estimated for a vendor that does not count',
    async (_name, recording) => {
      const response = await ask(recording, 'guesses');
      expect(response.status).toBe(200);
      expect(response.headers.get('x-sluice-estimated')).toBe('true');
      const answer = toMembers(await response.json());
      expect(answer['estimated']).toBe(true);
      expect(answer['input_tokens']).toBeGreaterThan(0);
      expect(openai.requests).toEqual([]);
    },
  );
});

function named(list: readonly Recording[]): readonly (readonly [string, Recording])[] {
  return list.map((recording) => [recording.name, recording]);
}
