import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gauges } from '../../src/common/gauges.js';
import { RecordSinks } from '../../src/common/record-sinks.js';
import { MetricsSink } from '../../src/telemetry/metrics/metrics-sink.js';
import { anchorsOf, readPage } from '../docs/markdown.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { listExpressions } from '../support/dashboards.js';
import { readExposition, total, type Sample } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { postJson, postStream } from '../support/http.js';
import { makeAttempt, makeServed } from '../support/make-served.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { readPromql } from '../support/promql.js';
import { RecordKeeper } from '../support/record-keeper.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const KEY = { authorization: 'Bearer secret-of-team-a' };
const ADMIN = { authorization: 'Bearer the-admin-key' };
/** Prometheus adds these itself. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['instance', 'job'] };

describe('the metrics of a gateway under load', () => {
  let openai: Simulator;
  let anthropic: Simulator;
  let receiver: OtlpReceiver;
  let gateway: RunningGateway;
  let text: string;
  let samples: readonly Sample[];

  const scrape = (headers: Record<string, string> = {}) => fetch(`${gateway.url}/metrics`, { headers });
  const chat = (body: object = {}) =>
    postJson(`${gateway.url}/v1/chat/completions`, { messages: MESSAGES, ...body }, KEY);
  const sum = (name: string, labels: Record<string, string> = {}) => total(samples, name, labels);

  beforeAll(async () => {
    openai = await startSimulator({ format: 'openai' });
    anthropic = await startSimulator({ format: 'anthropic' });
    receiver = await startOtlpReceiver();
    gateway = await startGateway({
      environment: {
        GATEWAY_API_KEYS: 'team-a:secret-of-team-a',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      },
      yaml: `
providers:
  - { name: openai, vendor: openai, base_url: ${openai.url}/v1, api_keys: [k1, k2], model: gpt-4o-mini, models: ['*'], max_retries: 1 }
  - { name: anthropic, vendor: anthropic, base_url: ${anthropic.url}, api_keys: [k3], model: claude-haiku-4-5, max_retries: 0 }
routing: { max_wait: 5s }
`,
    });
    const keeper = RecordKeeper.of(gateway);
    await drive();
    await keeper.wait(15);
    recordWhatTakesLonger();
    const response = await scrape();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    text = await response.text();
    samples = readExposition(text);
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await Promise.all([openai.close(), anthropic.close(), receiver.close()]);
  });

  /** Fifteen requests: whole answers, streams, faults of every kind, and what the gateway refuses by itself. */
  async function drive(): Promise<void> {
    await chat();
    const cached = { ...KEY, 'x-sluice-cache-ttl': '10m' };
    for (let times = 0; times < 2; times++) {
      await postJson(`${gateway.url}/v1/chat`, { messages: MESSAGES, provider: 'openai' }, cached);
    }
    await postStream(
      `${gateway.url}/v1/messages`,
      { model: 'auto', max_tokens: 9, messages: MESSAGES, stream: true },
      KEY,
    );
    await postStream(`${gateway.url}/v1/chat`, { messages: MESSAGES, stream: true }, KEY);
    // No price is known, and no tokens are reported.
    openai.setAnswer({ usage: null });
    await chat({ model: 'openai/in-house' });
    openai.setAnswer({});
    // A retry that helps; then one that does not, and the next provider serves.
    openai.script(['status-500']);
    await chat();
    openai.script(['status-500', 'status-500']);
    await chat();
    // A stream that breaks, and a key that is refused.
    openai.script(['cut-1']);
    await postStream(
      `${gateway.url}/v1/chat`,
      { messages: MESSAGES, stream: true, model: 'openai/breaking' },
      KEY,
    );
    anthropic.script(['status-401']);
    await chat({ model: 'anthropic/claude-haiku-4-5' });
    // `models: ['*']` serves any name.
    await chat({ model: 'nowhere/nothing' });
    await chat({ messages: 'none' });
    await postJson(`${gateway.url}/v1/chat`, { messages: MESSAGES });
    await postJson(
      `${gateway.url}/v1/embeddings`,
      { model: 'openai/text-embedding-3-small', input: 'hi' },
      KEY,
    );
    await postJson(`${gateway.url}/v1/chat`, { messages: MESSAGES, provider: 'anthropic' }, KEY);
  }

  /** What would take longer to drive through the gateway: a wait, and the loser of a hedge. */
  function recordWhatTakesLonger(): void {
    const sinks = gateway.app.get(RecordSinks);
    const loser = makeAttempt({
      error: 'another attempt answered first',
      usage: { outputTokens: 3 },
      costNano: 500,
    });
    sinks.record(
      makeServed({
        queueMs: 40,
        attempts: [loser, makeAttempt({ provider: 'anthropic', model: 'claude-haiku-4-5' })],
      }),
    );
  }

  test('count what was driven through it', () => {
    expect(sum('sluice_requests_total')).toBe(16);
    expect(sum('sluice_cache_requests_total', { outcome: 'hit' })).toBe(1);
    expect(sum('sluice_cache_requests_total', { outcome: 'miss' })).toBe(1);
    expect(sum('sluice_cache_saved_usd_total', { provider: 'openai' })).toBeGreaterThan(0);
    expect(sum('sluice_requests_total', { end_reason: 'refused' })).toBe(2);
    expect(sum('sluice_errors_total', { code: 'invalid_api_key' })).toBe(1);
    expect(sum('sluice_retries_total', { provider: 'openai', reason: 'server_error' })).toBe(2);
    expect(sum('sluice_failovers_total', { provider: 'openai', reason: 'server_error' })).toBe(1);
    expect(sum('sluice_attempts_total', { provider: 'openai', outcome: 'cut' })).toBe(1);
    expect(sum('sluice_attempts_total', { provider: 'anthropic', outcome: 'key_refused' })).toBe(1);
    expect(sum('sluice_requests_total', { end_reason: 'cut', stream: 'true' })).toBe(1);
    expect(sum('sluice_unpriced_requests_total', { model: 'in-house' })).toBe(1);
    expect(sum('sluice_estimated_usages_total')).toBeGreaterThanOrEqual(1);
    expect(sum('sluice_cost_usd_total', { provider: 'openai', key: 'team-a' })).toBeGreaterThan(0);
    expect(
      sum('gen_ai_client_operation_duration_seconds_count', { gen_ai_operation_name: 'embeddings' }),
    ).toBe(1);
    expect(sum('gen_ai_server_time_to_first_token_seconds_count')).toBeGreaterThanOrEqual(2);
  });

  test('show the state of providers and of what the process shares', () => {
    expect(sum('sluice_provider_state', { provider: 'anthropic', state: 'down' })).toBe(1);
    expect(sum('sluice_provider_state', { provider: 'anthropic', state: 'up' })).toBe(0);
    expect(sum('sluice_provider_keys', { provider: 'anthropic', state: 'invalid' })).toBe(1);
    expect(sum('sluice_provider_keys', { provider: 'openai' })).toBe(2);
    expect(sum('sluice_resting', { provider: 'anthropic', scope: 'key' })).toBe(1);
    expect(sum('sluice_provider_cooldown_seconds', { provider: 'anthropic' })).toBeGreaterThan(0);
    expect(sum('sluice_calls_in_flight')).toBe(0);
    expect(sum('sluice_database_up', { kind: 'sqlite' })).toBe(1);
    expect(sum('sluice_redis_up')).toBe(0);
    expect(sum('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  test('name no vendor key, no gateway key and no prompt', () => {
    for (const secret of ['k1', 'k3', 'secret-of-team-a', 'the-admin-key']) {
      expect(text).not.toContain(`"${secret}"`);
    }
  });

  test('have each name once, with its help, its type and samples', () => {
    const types = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    expect(new Set(types).size).toBe(types.length);
    const names = new Set(samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '')));
    const own = types.filter((name) => /^(?:sluice|gen_ai)_/.test(name));
    expect(own.filter((name) => !names.has(name))).toEqual([]);
    expect(own.every((name) => text.includes(`# HELP ${name} `))).toBe(true);
  });

  describe('are what the alerts and the dashboard ask for', () => {
    test.each(listExpressions())('$place: $promql', ({ promql, shown }) => {
      const { selected, labels } = readPromql(promql);
      expect(selected).not.toEqual([]);
      const exposed = new Set<string>(OF_PROMETHEUS.labels);
      for (const { name, matchers } of selected) {
        if (OF_PROMETHEUS.metrics.includes(name)) continue;
        const series = samples.filter((sample) => sample.name === name);
        expect([name, series.length > 0]).toEqual([name, true]);
        for (const label of series.flatMap((sample) => Object.keys(sample.labels))) exposed.add(label);
        for (const { label, operator, value } of matchers) {
          const values = series.map((sample) => sample.labels[label] ?? '');
          const isKnown = OF_PROMETHEUS.labels.includes(label) || values.some((one) => one !== '');
          expect([name, label, isKnown]).toEqual([name, label, true]);
          // A value that is compared by name is one that the gateway shows; traffic alone decides which ends occur.
          if (operator === '=' && label !== 'job' && label !== 'end_reason')
            expect([name, label, values]).toEqual([name, label, expect.arrayContaining([value])]);
        }
      }
      expect([...labels, ...shown].filter((label) => !exposed.has(label))).toEqual([]);
    });
  });

  test('are those of docs/observability.md, with their labels', () => {
    const page = readPage('docs/observability.md');
    const documented = [...page.matchAll(/^\| `((?:sluice|gen_ai)_\w+)` +\| ([^|]*)\|/gm)].map(
      ([, name = '', labels = '']) => [name, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)],
    );
    const inCode = [...gateway.app.get(MetricsSink).metrics.all, ...gateway.app.get(Gauges).all].map(
      ({ name, labels }) => [name, labels],
    );
    expect(anchorsOf(page)).toContain('metrics');
    expect(documented.sort()).toEqual(inCode.sort());
  });
});

describe('/metrics', () => {
  test.each([
    ['auth: { public_operations: true }', 200, 200],
    ['auth: { public_operations: false }', 401, 200],
  ])('with %s answers %i without a key, and %i with the admin key', async (auth, without, withKey) => {
    const gateway = await startGateway({
      environment: { GATEWAY_ADMIN_KEY: 'the-admin-key', GATEWAY_API_KEYS: 'team-a:secret-of-team-a' },
      yaml: `${auth}\nproviders: [{ name: openai, vendor: openai, api_keys: [vendor-key] }]`,
    });
    try {
      const statusOf = async (headers: Record<string, string>) =>
        (await fetch(`${gateway.url}/metrics`, { headers })).status;
      expect(await statusOf({})).toBe(without);
      expect(await statusOf(ADMIN)).toBe(withKey);
    } finally {
      await gateway.close();
    }
  });
});
