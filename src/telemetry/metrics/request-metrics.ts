import { Counter } from './counter.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';

const NANO = 1e9;

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_TOKEN_SECONDS = [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30];
const OVERHEAD_SECONDS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const TOKENS_PER_SECOND = [1, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1_000];
/** Labels and names of the `gen_ai` metrics are OpenTelemetry's, as Prometheus writes them. */
const GEN_AI = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'];

function counter(name: string, help: string, labels: readonly string[], perUnit?: number): Counter {
  return new Counter({ name, help, labels }, perUnit);
}

function histogram(
  name: string,
  help: string,
  labels: readonly string[],
  bounds: readonly number[],
): Histogram {
  return new Histogram({ name, help, labels }, bounds);
}

/** Every metric that is counted from the records of requests. */
export class RequestMetrics {
  readonly requests = counter('sluice_requests_total', 'Requests to metered paths, by how they ended', [
    'format',
    'provider',
    'model',
    'status',
    'end_reason',
    'stream',
  ]);
  readonly keyRequests = counter('sluice_key_requests_total', 'Requests by gateway key', [
    'key',
    'end_reason',
  ]);
  readonly errors = counter('sluice_errors_total', 'Requests that ended in an error, by its code', [
    'code',
    'provider',
  ]);
  readonly attempts = counter('sluice_attempts_total', 'Calls to vendors, by what came of them', [
    'provider',
    'model',
    'outcome',
  ]);
  readonly retries = counter('sluice_retries_total', 'Calls that asked the same target once more', [
    'provider',
    'reason',
  ]);
  readonly failovers = counter(
    'sluice_failovers_total',
    'Changes to another target, by who was left and why',
    ['provider', 'reason'],
  );
  readonly tokens = counter('sluice_tokens_total', 'Tokens, those of calls in vain included', [
    'provider',
    'model',
    'key',
    'kind',
  ]);
  readonly cost = counter(
    'sluice_cost_usd_total',
    'Cost in US dollars, that of calls in vain included',
    ['provider', 'model', 'key'],
    NANO,
  );
  readonly wastedCost = counter(
    'sluice_wasted_cost_usd_total',
    'Cost in US dollars of calls that did not serve the answer',
    ['provider', 'model'],
    NANO,
  );
  readonly unpriced = counter(
    'sluice_unpriced_requests_total',
    'Requests with tokens but without a known price',
    ['provider', 'model'],
  );
  readonly estimated = counter('sluice_estimated_usages_total', 'Requests whose tokens were estimated', [
    'provider',
    'model',
  ]);
  readonly cache = counter('sluice_cache_requests_total', 'Requests by what the cache did', ['outcome']);
  readonly saved = counter(
    'sluice_cache_saved_usd_total',
    'What hits of the cache would have cost in US dollars',
    ['provider', 'model'],
    NANO,
  );
  readonly duration = histogram(
    'sluice_request_duration_seconds',
    'From the request to the end of its answer',
    ['format', 'stream', 'end_reason'],
    SECONDS,
  );
  readonly overhead = histogram(
    'sluice_overhead_seconds',
    "The gateway's own work: until the first call, and from the answer to the caller",
    ['stream'],
    OVERHEAD_SECONDS,
  );
  readonly queue = histogram(
    'sluice_queue_seconds',
    'Waits because everything that could be asked was resting',
    [],
    SECONDS,
  );
  readonly tokensPerSecond = histogram(
    'sluice_tokens_per_second',
    'Output tokens per second of a stream, from its first token on',
    ['provider', 'model'],
    TOKENS_PER_SECOND,
  );
  readonly clientDuration = histogram(
    'gen_ai_client_operation_duration_seconds',
    'Calls to vendors, from the call to the end of its answer or to its failure',
    [...GEN_AI, 'error_type'],
    SECONDS,
  );
  readonly clientTokens = histogram(
    'gen_ai_client_token_usage',
    'Tokens of a request',
    [...GEN_AI, 'gen_ai_token_type'],
    TOKENS,
  );
  readonly serverDuration = histogram(
    'gen_ai_server_request_duration_seconds',
    'Requests that some vendor was asked for, from the request to the end of its answer',
    [...GEN_AI, 'error_type'],
    SECONDS,
  );
  readonly firstToken = histogram(
    'gen_ai_server_time_to_first_token_seconds',
    'Streams, from the request to the first token',
    GEN_AI,
    FIRST_TOKEN_SECONDS,
  );

  readonly all: readonly Metric[] = [
    this.requests,
    this.keyRequests,
    this.errors,
    this.attempts,
    this.retries,
    this.failovers,
    this.tokens,
    this.cost,
    this.wastedCost,
    this.unpriced,
    this.estimated,
    this.cache,
    this.saved,
    this.duration,
    this.overhead,
    this.queue,
    this.tokensPerSecond,
    this.clientDuration,
    this.clientTokens,
    this.serverDuration,
    this.firstToken,
  ];
}
