/** How many there are of each; the first ones have most of the traffic. */
const KEYS = 300;
const MODELS = 24;
/** A model is served by one of these; one request in a hundred by the next one. */
const PROVIDERS = 6;
export const DAY_MS = 86_400_000;

/** What differs between the two databases. */
export interface Words {
  /** A number from 0 up to 1, another one for each call. */
  readonly random: string;
  readonly uuid: string;
  readonly logarithm: (value: string) => string;
  readonly whole: (value: string) => string;
  /** A relation `serial(n)` of the whole numbers below a number. */
  readonly serial: (count: number) => string;
}

export const POSTGRES: Words = {
  random: 'random()',
  uuid: 'gen_random_uuid()::text',
  logarithm: (value) => `ln(${value})`,
  whole: (value) => `floor(${value})::int`,
  serial: (count) => `(SELECT n::bigint FROM generate_series(0, ${String(count - 1)}) AS n) AS serial`,
};

export const SQLITE: Words = {
  random: '(abs(random() % 1000000007) / 1000000007.0)',
  uuid: `(lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-' || lower(hex(randomblob(2))) || '-' ||
    lower(hex(randomblob(2))) || '-' || lower(hex(randomblob(6))))`,
  logarithm: (value) => `ln(${value})`,
  whole: (value) => `CAST(${value} AS INTEGER)`,
  serial: (count) => `(WITH RECURSIVE counter(n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM counter WHERE n < ${String(count - 1)}) SELECT n FROM counter) AS serial`,
};

/** Shares of the statuses, the rest is 200. The last one comes a handful of times in ten million. */
const STATUSES: readonly (readonly [number, number])[] = [
  [429, 0.03],
  [400, 0.015],
  [503, 0.008],
  [502, 0.008],
  [401, 0.005],
  [499, 0.004],
  [504, 0.001],
  [402, 0.0001],
  [413, 0.0000008],
];

/** A statement that fills `request_log` with rows of one day, in the order of time. */
export function insertDay(words: Words, table: string, day: number, count: number): string {
  const { random, uuid, whole } = words;
  const step = DAY_MS / count;
  let share = 0;
  const cases = STATUSES.map(([status, part]) => {
    share += part;
    return `WHEN luck < ${String(share)} THEN ${String(status)}`;
  });
  // Each key uses four models, most of all the first of them.
  const model = `(key_number * 7 + ${whole('taste * taste * 4')}) % ${String(MODELS)}`;
  const provider = `CASE WHEN other < 0.01 THEN (model_number + 1) % ${String(PROVIDERS)} ELSE model_number % ${String(PROVIDERS)} END`;
  return `INSERT INTO ${table} (id, at, request_id, key_id, key_name, format, stream, requested_model, provider, model,
  status, end_reason, error, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
  usage_source, cost_nano, price_version, cache, saved_nano, finish, queue_ms, first_token_ms, total_ms, overhead_ms)
WITH drawn AS MATERIALIZED (
  SELECT n, ${String(day)} + ${whole(`n * ${String(step)}`)} AS at, ${random} AS other, ${random} AS luck, ${random} AS taste,
    ${whole(`power(${random}, 3) * ${String(KEYS)}`)} AS key_number,
    ${whole(`100 + ${random} * 4000`)} AS tokens, ${whole(`200 / (${random} + 0.01)`)} AS total_ms
  FROM ${words.serial(count)}
)
SELECT ${uuid}, at, ${uuid},
  CASE status WHEN 401 THEN NULL ELSE 'id-of-key-' || key_number END,
  CASE status WHEN 401 THEN NULL ELSE 'key-' || key_number END,
  'openai-chat', n % 2, 'auto', provider, model, status,
  CASE WHEN status = 499 THEN 'caller_left' WHEN status IN (400, 401, 402, 413) THEN 'refused'
    WHEN status >= 429 THEN 'vendor_error' WHEN other > 0.998 THEN 'cut' WHEN other > 0.9975 THEN 'stalled' ELSE 'done' END,
  CASE WHEN status >= 400 THEN 'some_error' END,
  CASE WHEN other < 0.01 THEN '[["provider-0","' || model || '","ab12cd34",500,"500 Internal Server Error",1,120],' ELSE '[' END
    || '["' || provider || '","' || model || '","ab12cd34",' || status || ',null,2,' || total_ms || ']]',
  tokens, tokens / 4, 0, CASE WHEN status < 400 THEN tokens / 5 END, 0,
  'vendor', CASE WHEN status < 400 THEN tokens * 1500 END, '0.1.8',
  CASE WHEN other > 0.95 THEN 'hit' ELSE 'miss' END, CASE WHEN other > 0.95 THEN tokens * 100 END,
  CASE WHEN status < 400 THEN 'stop' END, 0, total_ms / 3, total_ms, 0.75
FROM (
  SELECT n, at, key_number, other, tokens, total_ms, 'model-' || model_number AS model,
    'provider-' || (${provider}) AS provider,
    CASE ${cases.join(' ')} ELSE 200 END AS status
  FROM (
    SELECT n, at, key_number, other, luck, tokens, total_ms, ${model} AS model_number FROM drawn
  ) AS modelled
) AS made`;
}

/** A relation of all rows as the statement of the sums wants them. */
export function rowsForSums(words: Words, from: string): string {
  const bucket = words.whole(`ceil(${words.logarithm('total_ms')} / ${words.logarithm('1.5')})`);
  return `(SELECT *, CASE WHEN status < 400 THEN CASE WHEN total_ms <= 1 THEN 0 WHEN ${bucket} > 31 THEN 31 ELSE ${bucket} END END AS bucket FROM ${from}) AS filled`;
}

/** A relation of calls beside the answer, of which there are none. */
export const NO_CALLS = `(SELECT '' AS id, 0 AS at, '' AS key_id, '' AS key_name, '' AS provider, '' AS model, 0 AS input_tokens,
  0 AS cached_tokens, 0 AS cache_write_tokens, 0 AS output_tokens, 0 AS reasoning_tokens, 0 AS cost_nano WHERE false) AS absent`;
