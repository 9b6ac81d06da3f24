import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';
import { apiNameOf } from './apis.js';
import { toExactJson } from './exact-json.js';
import { isPlainMessage } from './expect/error-kinds.js';
import { toList, toMembers, toText } from './expect/json.js';
import { readRecordings } from './read-recordings.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

const recordings = readRecordings().filter((recording) => apiNameOf(recording) === 'embeddings');
const answers = recordings.filter(({ meta }) => meta.status === 200);
const openai = answers.filter((recording) => !isGemini(recording));

describe.skipIf(recordings.length === 0)('recorded embeddings through the gateway', () => {
  new Report('embeddings', recordings).attach();
  const clock = new ManualClock();
  let vendor: Simulator;
  let google: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    google = await startSimulator({ format: 'gemini' });
    gateway = await startGateway({
      clock,
      yaml: `
routing: { cooldown: 0s, max_cooldown: 0s }
providers:
  - { name: vendor, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key], models: ["*"], model: any, max_retries: 0 }
  - { name: google, vendor: gemini, base_url: "${google.url}/v1", api_keys: [key], models: ["*"], model: any, max_retries: 0 }
`,
    });
  });

  afterEach(async () => {
    await vendor.clear();
    await google.clear();
    clock.advance(60 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
    await google.close();
  });

  /** Asks what the recording asked, in OpenAI's words, with other members over it. */
  async function ask(recording: Recording, members: object = {}) {
    const simulator = isGemini(recording) ? google : vendor;
    const contentType = 'application/json';
    simulator.behave({ kind: 'replay', body: recording.body, status: recording.meta.status, contentType });
    const name = isGemini(recording) ? 'google' : 'vendor';
    const asked = questionOf(recording);
    const response = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...asked, model: `${name}/${String(asked['model'])}`, ...members }),
    });
    return { response, sent: () => simulator.requests[0]!.rawBody };
  }

  test.each(named(openai))('%s goes to the vendor and comes back as it is', async (_name, recording) => {
    const { response, sent } = await ask(recording);
    expect(await response.text()).toBe(new TextDecoder().decode(recording.body));
    expect(response.status).toBe(200);
    expect(toExactJson(sent(), ['model'])).toBe(toExactJson(recording.request!, ['model']));
    expect(toMembers(JSON.parse(sent()))['model']).toBe(questionOf(recording)['model']);
  });

  test.each(named(answers.filter(isGemini)))(
    "%s is asked in Google's words and told in OpenAI's",
    async (_name, recording) => {
      const said = toList(toMembers(JSON.parse(new TextDecoder().decode(recording.body)))['embeddings']);
      const vectors = said.map((item) => toMembers(item)['values'] as number[]);
      const { response, sent } = await ask(recording);
      expect(JSON.parse(sent())).toEqual(JSON.parse(recording.request!));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        object: 'list',
        data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
        usage: { prompt_tokens: expect.any(Number) as number, total_tokens: expect.any(Number) as number },
      });
      const packed = await (await ask(recording, { encoding_format: 'base64' })).response.json();
      for (const [index, item] of toList(toMembers(packed)['data']).entries()) {
        const bytes = Buffer.from(toText(toMembers(item)['embedding']), 'base64');
        const floats = Float32Array.from({ length: bytes.length / 4 }, (_, place) =>
          bytes.readFloatLE(place * 4),
        );
        expect(floats).toEqual(Float32Array.from(vectors[index]!));
      }
    },
  );

  test.each(named(recordings.filter(({ meta }) => meta.status !== 200)))(
    '%s is an error in the words of OpenAI',
    async (_name, recording) => {
      const { response } = await ask(recording);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status, "a vendor's refusal of our key is no fault of the caller's").not.toBe(401);
      const { error } = toMembers(await response.json());
      expect(toMembers(error)['message']).toSatisfy(isPlainMessage);
    },
  );
});

function named(list: readonly Recording[]): readonly (readonly [string, Recording])[] {
  return list.map((recording) => [recording.name, recording]);
}

function isGemini(recording: Recording): boolean {
  return recording.meta.api.startsWith('gemini.');
}

/** The recorded request; of Google's the texts and the dimensions. */
function questionOf(recording: Recording): Readonly<Record<string, unknown>> {
  const request = toMembers(JSON.parse(recording.request!));
  if (!isGemini(recording)) return { model: 'any', ...request };
  const requests = toList(request['requests']).map(toMembers);
  return {
    model: toText(requests[0]?.['model']).replace(/^models\//, ''),
    input: requests.map(({ content }) => toText(toMembers(toList(toMembers(content)['parts'])[0])['text'])),
    dimensions: requests[0]?.['outputDimensionality'],
  };
}
