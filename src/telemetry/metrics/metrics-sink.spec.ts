import { beforeEach, describe, expect, it } from 'vitest';
import { readExposition, total, type Sample } from '../../../test/support/exposition.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { makeAttempt, makeServed } from '../../../test/support/make-served.js';
import { RecordSinks } from '../../common/record-sinks.js';
import { loadSettings } from '../../config/load-settings.js';
import { SettingsHolder } from '../../config/settings-holder.js';
import { BoundedNames, MOST_VALUES } from './bounded-names.js';
import { MetricsSink } from './metrics-sink.js';

const CONFIG = `
providers:
  - { name: openai, vendor: openai, api_keys: [k], model: gpt-4o-mini, models: ['*'] }
  - { name: deepseek, vendor: deepseek, api_keys: [k] , model: deepseek-chat }
`;

describe('the metrics of requests', () => {
  let sinks: RecordSinks;
  let sink: MetricsSink;
  const samples = (): Sample[] => {
    sinks.flush();
    return readExposition(sink.metrics.all.map((metric) => metric.write()).join(''));
  };
  const sum = (name: string, labels: Record<string, string> = {}) => total(samples(), name, labels);

  beforeEach(() => {
    sinks = new RecordSinks(new ManualClock());
    const settings = loadSettings({ GATEWAY_CONFIG: 'gateway.yaml' }, () => CONFIG);
    sink = new MetricsSink(new BoundedNames(new SettingsHolder(settings)), sinks);
  });

  it('count a request once, with its tokens and its cost', () => {
    sinks.record(makeServed({ usage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 4 } }));
    const target = { provider: 'openai', model: 'gpt-4o-mini' };
    expect(sum('sluice_requests_total')).toBe(1);
    expect(
      sum('sluice_requests_total', {
        ...target,
        format: 'openai-chat',
        status: '200',
        end_reason: 'done',
        stream: 'false',
      }),
    ).toBe(1);
    expect(sum('sluice_key_requests_total', { key: 'team-a', end_reason: 'done' })).toBe(1);
    expect(sum('sluice_tokens_total', { ...target, key: 'team-a', kind: 'input' })).toBe(10);
    expect(sum('sluice_tokens_total', { ...target, key: 'team-a', kind: 'output' })).toBe(20);
    expect(sum('sluice_tokens_total', { ...target, key: 'team-a', kind: 'cache_read' })).toBe(4);
    expect(sum('sluice_cost_usd_total', { ...target, key: 'team-a' })).toBeCloseTo(0.0000135, 12);
    expect(sum('sluice_attempts_total', { ...target, outcome: 'success' })).toBe(1);
    expect(sum('sluice_overhead_seconds_sum', { stream: 'false' })).toBeCloseTo(0.0015, 9);
    expect(sum('sluice_errors_total')).toBe(0);
    expect(sum('gen_ai_client_token_usage_count', { gen_ai_token_type: 'output' })).toBe(1);
    expect(
      sum('gen_ai_client_operation_duration_seconds_sum', { gen_ai_operation_name: 'chat', error_type: '' }),
    ).toBeCloseTo(0.308, 9);
  });

  it('put each value into the bucket of the first bound that is not below it, and all above it', () => {
    for (const totalMs of [10, 10.1, 81_920, 100_000]) sinks.record(makeServed({ totalMs }));
    const bucket = (le: string) => sum('sluice_request_duration_seconds_bucket', { le });
    expect([bucket('0.01'), bucket('0.02'), bucket('81.92'), bucket('+Inf')]).toEqual([1, 2, 3, 4]);
    expect(sum('sluice_request_duration_seconds_count')).toBe(4);
    expect(sum('sluice_request_duration_seconds_sum')).toBeCloseTo(181.9401, 6);
  });

  it('tell a retry of the same target from the change to another one', () => {
    sinks.record(
      makeServed({
        attempts: [
          makeAttempt({
            provider: 'deepseek',
            model: 'deepseek-chat',
            error: '500 Internal Server Error',
            status: 500,
          }),
          makeAttempt({
            provider: 'deepseek',
            model: 'deepseek-chat',
            error: 'no answer within 30 s',
            status: null,
          }),
          makeAttempt(),
        ],
      }),
    );
    expect(sum('sluice_retries_total', { provider: 'deepseek', reason: 'server_error' })).toBe(1);
    expect(sum('sluice_failovers_total', { provider: 'deepseek', reason: 'timeout' })).toBe(1);
    expect(sum('sluice_retries_total')).toBe(1);
    expect(sum('sluice_failovers_total')).toBe(1);
    expect(sum('gen_ai_client_operation_duration_seconds_count', { error_type: 'timeout' })).toBe(1);
  });

  it('measure a stream: its first token, and its tokens per second from there', () => {
    sinks.record(
      makeServed({ stream: true, firstTokenMs: 500, totalMs: 2_500, usage: { outputTokens: 100 } }),
    );
    expect(sum('gen_ai_server_time_to_first_token_seconds_sum')).toBeCloseTo(0.5, 9);
    expect(sum('sluice_tokens_per_second_sum')).toBeCloseTo(50, 9);
    // The call lasted until the stream ended, not until it was committed.
    expect(sum('gen_ai_client_operation_duration_seconds_sum')).toBeCloseTo(2.498, 9);
  });

  it('count what calls in vain used, with the rest and for itself', () => {
    sinks.record(
      makeServed({
        attempts: [
          makeAttempt({
            provider: 'deepseek',
            model: 'deepseek-chat',
            error: 'another attempt answered first',
            usage: { inputTokens: 10, outputTokens: 5 },
            costNano: 2_000,
          }),
          makeAttempt(),
        ],
      }),
    );
    expect(sum('sluice_wasted_cost_usd_total', { provider: 'deepseek' })).toBeCloseTo(0.000002, 12);
    expect(sum('sluice_cost_usd_total')).toBeCloseTo(0.0000155, 12);
    expect(sum('sluice_tokens_total', { provider: 'deepseek', kind: 'output', key: 'team-a' })).toBe(5);
  });

  it('say which tokens have no price, and which were estimated', () => {
    sinks.record(makeServed({ costNano: null, usageSource: 'estimated' }));
    expect(sum('sluice_unpriced_requests_total', { provider: 'openai' })).toBe(1);
    expect(sum('sluice_estimated_usages_total', { provider: 'openai' })).toBe(1);
    expect(sum('sluice_cost_usd_total')).toBe(0);
  });

  it('count the tokens of a hit of the cache as saved, not as used', () => {
    sinks.record(makeServed({ cache: 'hit', costNano: 0, savedNano: 13_500, attempts: [] }));
    sinks.record(makeServed({ cache: 'miss' }));
    expect(sum('sluice_cache_requests_total', { outcome: 'hit' })).toBe(1);
    expect(sum('sluice_cache_requests_total', { outcome: 'miss' })).toBe(1);
    expect(sum('sluice_cache_saved_usd_total')).toBeCloseTo(0.0000135, 12);
    expect(sum('sluice_tokens_total', { kind: 'input' })).toBe(10);
  });

  it('count a request that nobody was asked for', () => {
    sinks.record(
      makeServed({
        keyId: null,
        keyName: null,
        provider: null,
        model: null,
        status: 401,
        endReason: 'refused',
        error: 'invalid_api_key',
        attempts: [],
        usage: undefined,
        usageSource: 'none',
        costNano: null,
        overheadMs: null,
      }),
    );
    expect(sum('sluice_requests_total', { provider: 'none', model: 'none', status: '401' })).toBe(1);
    expect(sum('sluice_key_requests_total', { key: 'none', end_reason: 'refused' })).toBe(1);
    expect(sum('sluice_errors_total', { code: 'invalid_api_key', provider: 'none' })).toBe(1);
    expect(sum('gen_ai_server_request_duration_seconds_count')).toBe(0);
    expect(sum('sluice_unpriced_requests_total')).toBe(0);
  });

  describe('stay few', () => {
    const modelsOf = (name: string) =>
      new Set(samples().flatMap((sample) => (sample.name === name ? [sample.labels['model']] : [])));

    it('however many models callers make up', () => {
      for (let index = 0; index < 3 * MOST_VALUES; index++) {
        const model = `made-up-${index}`;
        const attempts = [makeAttempt({ model, error: '404 model not found', status: 404 })];
        sinks.record(
          makeServed({ model, attempts, status: 404, endReason: 'vendor_error', error: 'model_not_found' }),
        );
      }
      expect(modelsOf('sluice_requests_total')).toEqual(new Set(['other']));
      expect(modelsOf('sluice_attempts_total')).toEqual(new Set(['other']));
      expect(sum('sluice_requests_total')).toBe(3 * MOST_VALUES);
    });

    it('however many models are served, with those of the configuration always told apart', () => {
      for (let index = 0; index < 3 * MOST_VALUES; index++) {
        const model = `served-${index}`;
        sinks.record(makeServed({ model, attempts: [makeAttempt({ model })] }));
      }
      sinks.record(makeServed());
      const models = modelsOf('sluice_requests_total');
      expect(models.size).toBe(MOST_VALUES - 2 + 2);
      expect(models).toContain('gpt-4o-mini');
      expect(models).toContain('other');
      expect(sum('sluice_requests_total')).toBe(3 * MOST_VALUES + 1);
    });

    it('however many gateway keys there are', () => {
      for (let index = 0; index < 2 * MOST_VALUES; index++)
        sinks.record(makeServed({ keyName: `key-${index}` }));
      const keys = samples().filter(({ name }) => name === 'sluice_key_requests_total');
      expect(keys).toHaveLength(MOST_VALUES + 1);
      expect(sum('sluice_key_requests_total', { key: 'other' })).toBe(MOST_VALUES);
    });

    it('and a model that failed before it was known has its own label afterwards', () => {
      const failed = makeServed({
        model: 'new',
        attempts: [makeAttempt({ model: 'new', error: '500 Internal Server Error', status: 500 })],
        status: 502,
        error: 'upstream_error',
        endReason: 'vendor_error',
      });
      sinks.record(failed);
      sinks.record(makeServed({ model: 'new', attempts: [makeAttempt({ model: 'new' })] }));
      sinks.record(failed);
      expect(sum('sluice_requests_total', { model: 'other', status: '502' })).toBe(1);
      expect(sum('sluice_requests_total', { model: 'new', status: '502' })).toBe(1);
    });
  });

  it('write labels that a caller may have chosen so that they can be read back', () => {
    const model = 'a"b\\c\nd';
    sinks.record(makeServed({ model, attempts: [makeAttempt({ model })] }));
    expect(sum('sluice_requests_total', { model })).toBe(1);
  });
});
