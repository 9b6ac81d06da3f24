import { USAGE_GROUPS, type GroupValues, type UsageGroup, type UsagePeriod } from '../usage/usage-reader.js';
import { DAY_MS, HOUR_MS } from '../usage/usage-sums.js';
import { decodeCursor } from './cursor.js';
import { fault, readChoice, readLimit, readQuery, type RawQuery } from './read-query.js';
import { checkOrder, readTime } from './read-time.js';

export const USUAL_GROUPS = 500;
export const MOST_GROUPS = 5_000;
const USUAL_DAYS = 30;

const PARAMETERS = ['group_by', 'from', 'to', 'cursor', 'limit'] as const;

export interface UsageQuery {
  readonly period: UsagePeriod;
  readonly groups: readonly UsageGroup[];
  readonly after: GroupValues | undefined;
  readonly limit: number;
}

/**
 * Reads the query of `/admin/usage`. The period is in whole hours: those that `from` and `to` lie in belong to it. A
 * page after the first is of the period of the first.
 * @param now Unix milliseconds
 * @throws GatewayError `invalid_request`, naming the parameter
 */
export function readUsageQuery(query: RawQuery, now: number): UsageQuery {
  const { group_by, from, to, cursor, limit } = readQuery(query, PARAMETERS);
  const groups = readGroups(group_by);
  const period = readPeriod(from, to, now);
  const place = decodeCursor(cursor, (value) => toPlace(value, groups));
  return {
    period: place?.period ?? period,
    groups,
    after: place?.after,
    limit: readLimit(limit, USUAL_GROUPS, MOST_GROUPS),
  };
}

/** The place after a page as it stands in a cursor. */
export function fromPlace({ period, groups }: UsageQuery, next: GroupValues): unknown {
  return [period.from, period.to ?? null, groups.join(), ...next];
}

function toPlace(
  value: unknown,
  groups: readonly UsageGroup[],
): { readonly period: UsagePeriod; readonly after: GroupValues } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [from, to, names, ...after] = value as readonly unknown[];
  const isPeriod = Number.isSafeInteger(from) && (to === null || Number.isSafeInteger(to));
  const isOfGroups = names === groups.join() && after.length === groups.length && groups.length > 0;
  const areValues = groups.every(
    (group, index) => typeof after[index] === (group === 'day' ? 'number' : 'string'),
  );
  if (!isPeriod || !isOfGroups || !areValues) return undefined;
  return {
    period: { from: from as number, to: (to as number | null) ?? undefined },
    after: after as GroupValues,
  };
}

function readGroups(text: string | undefined): readonly UsageGroup[] {
  if (text === undefined) return [];
  const groups = text.split(',').map((name) => readChoice('group_by', name.trim(), USAGE_GROUPS));
  if (new Set(groups).size < groups.length) throw fault('group_by', text, 'each name once');
  return groups;
}

function readPeriod(from: string | undefined, to: string | undefined, now: number): UsagePeriod {
  const end = to === undefined ? undefined : readTime('to', to);
  const last = end ?? now;
  // The first day is whole, as the sums of days are read fastest.
  const usual = last - (last % DAY_MS) - USUAL_DAYS * DAY_MS;
  const begin = from === undefined ? usual : readTime('from', from);
  checkOrder(begin, end);
  return {
    from: Math.floor(begin / HOUR_MS) * HOUR_MS,
    to: end === undefined ? undefined : Math.ceil(end / HOUR_MS) * HOUR_MS,
  };
}
