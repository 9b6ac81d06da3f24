import { isKeyId, type KeyPosition, type KeyStore } from '../auth/key-store.js';
import type { GatewayKeySettings } from '../config/gateway-settings.js';
import { reportConfigKey, reportStoredKey, type GatewayKeyReport } from './key-report.js';
import { cursorFault, readPage, toCursor } from './read-page.js';

export interface KeyPage {
  readonly data: readonly GatewayKeyReport[];
  readonly next_cursor: string | null;
}

/** Where a page begins. The keys of the configuration come first, in their order, then the stored ones. */
type Start = { readonly skip: number } | { readonly after: KeyPosition };

/**
 * One page of all keys.
 * @throws GatewayError `invalid_request`, `key_store_unavailable`
 */
export async function listKeys(
  query: Readonly<Record<string, unknown>>,
  configured: readonly GatewayKeySettings[],
  store: KeyStore,
  now: number,
): Promise<KeyPage> {
  const { limit, after } = readPage(query);
  const start = after === undefined ? { skip: 0 } : readStart(after, query['cursor']);
  const skip = 'skip' in start ? start.skip : configured.length;
  const first = configured.slice(skip, skip + limit);
  const wanted = limit - first.length;
  // One more than fits tells whether there is a next page.
  const stored = await store.page(wanted + 1, 'after' in start ? start.after : undefined);
  const shown = stored.slice(0, wanted);
  const data = [...first.map(reportConfigKey), ...shown.map((key) => reportStoredKey(key, now))];
  const isEnd = stored.length <= wanted && skip + first.length >= configured.length;
  if (isEnd) return { data, next_cursor: null };
  const last = shown.at(-1);
  return {
    data,
    next_cursor: toCursor(last === undefined ? [skip + first.length] : [last.createdAt, last.id]),
  };
}

function readStart(position: readonly unknown[], cursor: unknown): Start {
  const [first, id] = position;
  if (Number.isSafeInteger(first) && Number(first) >= 0) {
    if (position.length === 1) return { skip: Number(first) };
    if (typeof id === 'string' && isKeyId(id)) return { after: { createdAt: Number(first), id } };
  }
  throw cursorFault(cursor);
}
