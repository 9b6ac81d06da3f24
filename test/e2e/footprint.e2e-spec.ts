import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http.js';

const QUESTION = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello world' }] };
const MOST_IDLE_MB = 150;

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
}

describe('a gateway that has just started', { timeout: 90_000 }, () => {
  let vendor: Simulator;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await new GatewayProcess({
      main: await buildGateway(),
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]`,
    }).listening();
  }, 130_000);

  afterAll(async () => {
    await gateway.dispose();
    await vendor.close();
  });

  test.runIf(process.platform === 'linux')(
    `holds no more than ${String(MOST_IDLE_MB)} MB, its first answer included`,
    async () => {
      expect(residentMegabytes(gateway.pid)).toBeLessThan(MOST_IDLE_MB);
      expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
      expect(residentMegabytes(gateway.pid)).toBeLessThan(MOST_IDLE_MB);
    },
  );

  test('answers others while the first count of tokens waits for the tokenizer', async () => {
    let isCounted = false;
    const counting = postJson(`${gateway.url}/v1/messages/count_tokens`, QUESTION).then((answer) => {
      isCounted = true;
      return answer;
    });
    for (let probe = 0; probe < 10; probe++) await getJson(`${gateway.url}/health/live`);
    expect(isCounted).toBe(false);
    expect((await counting).body).toEqual({ input_tokens: 6, estimated: true });
  });
});
