import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '../storage/database.js';
import { DAY_MS, LATENCY_COLUMNS, SUM_COLUMNS } from './usage-sums.js';

export const USAGE_GROUPS = ['model', 'provider', 'key', 'day'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Whole hours as Unix milliseconds. */
export interface UsagePeriod {
  readonly from: number;
  /** The first hour that is out; absent: up to now. */
  readonly to: number | undefined;
}

/** The value of each group, in their order; an empty text for what requests did not have. */
export type GroupValues = readonly (string | number)[];

export interface UsageRow {
  readonly groups: GroupValues;
  /** With the group `key`, whose value is the key's identity. */
  readonly keyName: string | undefined;
  readonly sums: Readonly<Record<(typeof SUM_COLUMNS)[number], number>>;
  /** Requests by duration, as in `latency-buckets.ts`. */
  readonly latencies: readonly number[];
}

export interface UsagePage {
  readonly rows: readonly UsageRow[];
  /** The groups of the last row; absent on the last page. */
  readonly next: GroupValues | undefined;
}

/** Columns of the sums, or what is made of them. */
const GROUP_COLUMNS: Readonly<Record<UsageGroup, RawBuilder<unknown>>> = {
  model: sql`model`,
  provider: sql`provider`,
  key: sql`key_id`,
  day: sql.raw(`hour - hour % ${String(DAY_MS)}`),
};

const HOURS_OF_DAY = 24;

const COUNTS = [...SUM_COLUMNS, ...LATENCY_COLUMNS];
const GROUPS = sql.raw('key_id, provider, model');
const COLUMNS = sql.raw(['key_id', 'provider', 'model', ...COUNTS].join(', '));
const TOTALS = sql.raw(COUNTS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(', '));
const NAME_OF_KEY = sql`, (SELECT key_name FROM usage_daily AS named WHERE named.key_id = page.key_id
  ORDER BY day DESC LIMIT 1) AS key_name`;

/** Sums of what was used. Its methods throw what the database throws. */
@Injectable()
export class UsageReader {
  constructor(private readonly database: Database) {}

  /** In the order of the groups; without any, one row of totals. */
  async page(
    period: UsagePeriod,
    groups: readonly UsageGroup[],
    after: GroupValues | undefined,
    limit: number,
  ): Promise<UsagePage> {
    const { rows } = await this.database.run((db) => reportOf(period, groups, after, limit + 1).execute(db));
    const page = rows.slice(0, limit).map((row) => toUsageRow(row, groups));
    return { rows: page, next: rows.length > limit ? page.at(-1)?.groups : undefined };
  }
}

type SqlRow = Readonly<Record<string, string | number>>;

function reportOf(
  period: UsagePeriod,
  groups: readonly UsageGroup[],
  after: GroupValues | undefined,
  limit: number,
): RawBuilder<SqlRow> {
  const sums = sumsOf(period, COLUMNS, sql`true`);
  if (groups.length === 0) return sql`SELECT ${TOTALS} FROM (${sums}) AS part`;
  const named = sql.join(groups.map((group) => sql`${GROUP_COLUMNS[group]} AS ${sql.ref(nameOf(group))}`));
  const names = groups.map((group) => sql.ref(nameOf(group)));
  const keys = sql.join(groups.map((group) => GROUP_COLUMNS[group]));
  const rest = after === undefined ? sql`true` : sql`(${keys}) > (${sql.join(after)})`;
  // Where the page ends is found from the groups alone, so that only what is on the page is added up.
  const rows = sql`SELECT ${named} FROM (${sumsOf(period, GROUPS, sql`true`)}) AS part WHERE ${rest}`;
  const found = sql`SELECT DISTINCT * FROM (${firstOf(rows, period, groups, names, limit)}) AS part
    ORDER BY ${sql.join(names)} LIMIT ${limit}`;
  const last = sql`SELECT ${sql.join(names)} FROM (${found}) AS found
    ORDER BY ${sql.join(names.map((name) => sql`${name} DESC`))} LIMIT 1`;
  const page = sql`SELECT ${named}, ${TOTALS} FROM (${sums}) AS part
    WHERE ${rest} AND (${keys}) <= (${last}) GROUP BY ${keys}`;
  const nameOfKey = groups.includes('key') ? NAME_OF_KEY : sql``;
  return sql`SELECT page.*${nameOfKey} FROM (${page}) AS page ORDER BY ${sql.join(names)}`;
}

/**
 * With all groups at once a row of the sums is a group of its own, and one of the hours at the ends of the period one of
 * 24 at most: the first rows then do, where telling all of them apart would take most of the time.
 */
function firstOf(
  rows: RawBuilder<unknown>,
  { from, to = 0 }: UsagePeriod,
  groups: readonly UsageGroup[],
  names: readonly RawBuilder<unknown>[],
  limit: number,
): RawBuilder<unknown> {
  if (groups.length < USAGE_GROUPS.length) return rows;
  const isOfWholeDays = from % DAY_MS === 0 && to % DAY_MS === 0;
  const most = isOfWholeDays ? limit : limit * HOURS_OF_DAY;
  return sql`${rows} ORDER BY ${sql.join(names)} LIMIT ${most}`;
}

function nameOf(group: UsageGroup): string {
  return group === 'key' ? 'key_id' : group;
}

/** Rows of a period: whole days from the daily sums, what is left at its ends from the hourly ones. */
function sumsOf(
  { from, to = Infinity }: UsagePeriod,
  columns: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const parts = [hoursOf(from, Math.min(firstDay, to), columns, condition)];
  if (to === Infinity) {
    parts.push(
      sql`SELECT day AS hour, ${columns} FROM usage_daily WHERE ${condition} AND day >= ${firstDay}`,
    );
  } else if (to > firstDay) {
    const endOfDays = to - (to % DAY_MS);
    parts.push(
      sql`SELECT day AS hour, ${columns} FROM usage_daily
        WHERE ${condition} AND day >= ${firstDay} AND day < ${endOfDays}`,
      hoursOf(endOfDays, to, columns, condition),
    );
  }
  return sql.join(parts, sql` UNION ALL `);
}

function hoursOf(
  from: number,
  to: number,
  columns: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`SELECT hour, ${columns} FROM usage_hourly WHERE ${condition} AND hour >= ${from} AND hour < ${to}`;
}

function toUsageRow(row: SqlRow, groups: readonly UsageGroup[]): UsageRow {
  return {
    groups: groups.map((group) => row[nameOf(group)] ?? ''),
    keyName: groups.includes('key') ? String(row['key_name'] ?? '') : undefined,
    sums: Object.fromEntries(SUM_COLUMNS.map((name) => [name, Number(row[name])])) as UsageRow['sums'],
    latencies: LATENCY_COLUMNS.map((name) => Number(row[name])),
  };
}
