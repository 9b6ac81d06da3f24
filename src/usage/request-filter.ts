import { sql, type RawBuilder } from 'kysely';
import type { EndReason } from '../contract/request-record.js';
import { HOUR_MS } from './usage-sums.js';

/** Which rows of the log are asked for. Absent members ask for all. */
export interface RequestFilter {
  /** Unix milliseconds, the first one that is in. */
  readonly from?: number | undefined;
  /** The first one that is out. */
  readonly to?: number | undefined;
  /** Both ends are in. */
  readonly status?: { readonly least: number; readonly most: number } | undefined;
  readonly endReason?: EndReason | undefined;
  /** Name of a gateway key. */
  readonly key?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** The row after which a page goes on. */
export interface RequestPosition {
  readonly at: number;
  readonly id: string;
}

export type Condition = RawBuilder<unknown>;

/** In the words of the index `request_log_failed`, without which it is not used. */
const FAILED = sql`(status >= 400 OR end_reason <> 'done')`;

/** Conditions on `request_log`; at least one. */
export function conditionsOf(filter: RequestFilter, after: RequestPosition | undefined): Condition[] {
  const { from, to, status, endReason } = filter;
  const conditions = namesOf(filter);
  if (isOfFailures(filter)) conditions.push(FAILED);
  if (status !== undefined) {
    conditions.push(
      status.least === status.most
        ? sql`status = ${status.least}`
        : sql`status BETWEEN ${status.least} AND ${status.most}`,
    );
  }
  if (endReason !== undefined) conditions.push(sql`end_reason = ${endReason}`);
  if (from !== undefined) conditions.push(sql`at >= ${from}`);
  if (to !== undefined) conditions.push(sql`at < ${to}`);
  if (after !== undefined) {
    // The first condition says nothing new, but partitions are chosen by it.
    conditions.push(sql`at <= ${after.at}`, sql`(at, id) < (${after.at}, ${after.id})`);
  }
  return conditions.length === 0 ? [sql`true`] : conditions;
}

/** Whether only rows of `request_log_failed` can match. */
export function isOfFailures({ status, endReason }: RequestFilter): boolean {
  return (status !== undefined && status.least >= 400) || (endReason !== undefined && endReason !== 'done');
}

/** Conditions on what the log and the sums both have. */
export function namesOf({ key, provider, model }: RequestFilter): Condition[] {
  const conditions: Condition[] = [];
  if (key !== undefined) conditions.push(sql`key_name = ${key}`);
  if (provider !== undefined) conditions.push(sql`provider = ${provider}`);
  if (model !== undefined) conditions.push(sql`model = ${model}`);
  return conditions;
}

/** Conditions on `usage_hourly` for hours that can have rows of a page. */
export function hoursOf(filter: RequestFilter, after: RequestPosition | undefined): Condition[] {
  const conditions = namesOf(filter);
  if (filter.from !== undefined) conditions.push(sql`hour > ${filter.from - HOUR_MS}`);
  if (filter.to !== undefined) conditions.push(sql`hour < ${filter.to}`);
  if (after !== undefined) conditions.push(sql`hour <= ${after.at}`);
  return [...conditions, sql`requests > 0`];
}

export function all(conditions: readonly Condition[]): Condition {
  return sql.join(conditions, sql` AND `);
}
