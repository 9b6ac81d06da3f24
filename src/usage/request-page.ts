import { sql, type RawBuilder } from 'kysely';
import { asConsidered } from './considered-column.js';
import type { DialectName } from '../storage/dialect-of.js';
import type { RequestLogTable } from '../storage/tables.js';
import {
  all,
  conditionsOf,
  isOfFailures,
  namesOf,
  timesOf,
  type RequestFilter,
  type RequestPosition,
} from './request-filter.js';
import { DAY_MS, HOUR_MS } from './usage-sums.js';

const NEWEST_FIRST = sql`ORDER BY at DESC, id DESC`;

/**
 * One page of the log, newest first, in one statement. It first finds which rows are on the page, so that an index that
 * has all the columns of the filter is enough for that, and then reads these rows alone. SQLite takes the sides of a
 * CROSS JOIN as they stand, and not the log first.
 */
export function requestPage(
  dialect: DialectName,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
): RawBuilder<RequestLogTable> {
  const asked = askedPage(dialect, filter, after, limit);
  const found =
    filter.provider === undefined
      ? asked
      : withPassedOver(dialect, filter, filter.provider, after, limit, asked);
  return sql<RequestLogTable>`
    SELECT request_log.* FROM (${found}) AS page CROSS JOIN request_log
    WHERE request_log.at = page.at AND request_log.id = page.id
    ORDER BY request_log.at DESC, request_log.id DESC`;
}

function askedPage(
  dialect: DialectName,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
): RawBuilder<unknown> {
  const byTimes = namesOf(filter).length > 1 && !isOfFailures(filter);
  return byTimes
    ? pageByTimes(dialect, filter, after, limit)
    : sql`SELECT at, id FROM request_log WHERE ${all(conditionsOf(dialect, filter, after))} ${NEWEST_FIRST} LIMIT ${limit}`;
}

/** Requests for which nobody was asked belong to those who would have been. They have an index of their own. */
function withPassedOver(
  dialect: DialectName,
  filter: RequestFilter,
  provider: string,
  after: RequestPosition | undefined,
  limit: number,
  asked: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const others = conditionsOf(dialect, { ...filter, provider: undefined }, after);
  const wanted = asConsidered(provider);
  const isIn = dialect === 'sqlite' ? sql`instr(considered, ${wanted})` : sql`strpos(considered, ${wanted})`;
  const passedOver = sql`SELECT at, id FROM request_log
    WHERE provider IS NULL AND considered IS NOT NULL
      AND ${isIn} > 0 AND ${all(others)}
    ${NEWEST_FIRST} LIMIT ${limit}`;
  return sql`SELECT at, id FROM (SELECT at, id FROM (${asked}) AS asked UNION ALL SELECT at, id FROM (${passedOver}) AS passed) AS both_kinds
    ${NEWEST_FIRST} LIMIT ${limit}`;
}

/**
 * No index has two names at once: a key and a model that never met would be searched for in all rows of the one or the
 * other. The sums know when they met, so only these times are searched, one after the other until the page is full.
 */
function pageByTimes(
  dialect: DialectName,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
): RawBuilder<unknown> {
  // The sums of hours can be searched by the name of a key; of days there are few.
  const [table, period, length] =
    filter.key === undefined
      ? (['usage_daily', 'day', DAY_MS] as const)
      : (['usage_hourly', 'hour', HOUR_MS] as const);
  const start = sql.ref(period);
  const times = sql`${sql.table(table)} WHERE ${all(timesOf(filter, after, period, length))}`;
  const inTime = sql`SELECT at, id FROM request_log
    WHERE at >= times.start AND at < times.start + ${sql.lit(length)} AND ${all(conditionsOf(dialect, filter, after))}
    ${NEWEST_FIRST} LIMIT ${limit}`;
  return dialect === 'postgres'
    ? sql`SELECT at, id FROM (SELECT DISTINCT ${start} AS start FROM ${times} ORDER BY start DESC) AS times
        CROSS JOIN LATERAL (${inTime}) AS found ORDER BY start DESC, at DESC, id DESC LIMIT ${limit}`
    : walkTimes(start, times, inTime, limit);
}

/**
 * The same for SQLite, which has no LATERAL and would sort all that it finds: each step looks into one time and for the
 * next one, and there is no further step once enough is found.
 */
function walkTimes(
  start: RawBuilder<unknown>,
  times: RawBuilder<unknown>,
  inTime: RawBuilder<unknown>,
  limit: number,
): RawBuilder<unknown> {
  return sql`WITH RECURSIVE times(start, found, before) AS (
      SELECT (SELECT max(${start}) FROM ${times}), '[]', 0
      UNION ALL
      SELECT (SELECT ${start} FROM ${times} AND ${start} < times.start ORDER BY ${start} DESC LIMIT 1),
        (SELECT json_group_array(json_array(at, id)) FROM (${inTime})), before + json_array_length(found)
      FROM times WHERE times.start IS NOT NULL AND before + json_array_length(found) < ${limit}
    )
    SELECT value ->> 0 AS at, value ->> 1 AS id FROM times, json_each(times.found)
    ORDER BY at DESC, id DESC LIMIT ${limit}`;
}
