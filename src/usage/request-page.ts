import { sql, type RawBuilder } from 'kysely';
import type { DialectName } from '../storage/dialect-of.js';
import type { RequestLogTable } from '../storage/tables.js';
import {
  all,
  conditionsOf,
  hoursOf,
  isOfFailures,
  namesOf,
  type RequestFilter,
  type RequestPosition,
} from './request-filter.js';
import { HOUR_MS } from './usage-sums.js';

const NEWEST_FIRST = sql`ORDER BY at DESC, id DESC`;

/**
 * One page of the log, newest first, in one statement. It first finds which rows are on the page, so that an index that
 * has all the columns of the filter is enough for that, and then reads these rows alone.
 */
export function requestPage(
  dialect: DialectName,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
): RawBuilder<RequestLogTable> {
  const byHours = namesOf(filter).length > 1 && !isOfFailures(filter);
  const found = byHours
    ? pageByHours(dialect, filter, after, limit)
    : sql`SELECT at, id FROM request_log WHERE ${all(conditionsOf(filter, after))} ${NEWEST_FIRST} LIMIT ${limit}`;
  return sql<RequestLogTable>`
    SELECT request_log.* FROM (${found}) AS page
    JOIN request_log ON request_log.at = page.at AND request_log.id = page.id
    ORDER BY request_log.at DESC, request_log.id DESC`;
}

/**
 * No index has two names at once: a key and a model that never met would be searched for in all rows of the one or the
 * other. The sums know the hours in which they met, so only those are searched, one after the other until the page is full.
 */
function pageByHours(
  dialect: DialectName,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
): RawBuilder<unknown> {
  const hours = sql`SELECT DISTINCT hour FROM usage_hourly WHERE ${all(hoursOf(filter, after))} ORDER BY hour DESC`;
  const inHour = sql`at >= hour AND at < hour + ${sql.lit(HOUR_MS)} AND ${all(conditionsOf(filter, after))}`;
  const rows =
    dialect === 'postgres'
      ? sql`(${hours}) AS hours CROSS JOIN LATERAL (
          SELECT at, id FROM request_log WHERE ${inHour} ${NEWEST_FIRST} LIMIT ${limit}) AS found`
      : sql`(${hours}) AS hours CROSS JOIN request_log WHERE ${inHour}`;
  return sql`SELECT at, id FROM ${rows} ORDER BY hour DESC, at DESC, id DESC LIMIT ${limit}`;
}
