import type { RecordedAttempt } from '../contract/request-record.js';
import { cutText, toSafeJson } from './safe-json.js';

/** One call to a vendor, as the log keeps it. */
export interface LoggedAttempt {
  readonly provider: string;
  readonly model: string;
  readonly keyHint: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly startedMs: number;
  readonly ms: number | null;
  /** Of a call that did not serve the answer, where they are known. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costNano: number | null;
  readonly vendorMessage: string | null;
  readonly vendorRequestId: string | null;
}

type Cell = string | number | null;

/** A request with more calls keeps the first and the last ones. */
const MOST_ATTEMPTS = 16;
const NAME_BYTES = 100;
/** Five hundred characters of any language. */
const MESSAGE_BYTES = 2_000;

/**
 * JSON list of lists, whose members are those of `LoggedAttempt` in their order; members at the end that are null are
 * left out. Names would be most of a row that is written a thousand times a second.
 */
export function encodeAttempts(attempts: readonly RecordedAttempt[]): string {
  if (attempts.length === 0) return '[]';
  const kept =
    attempts.length > MOST_ATTEMPTS
      ? [...attempts.slice(0, MOST_ATTEMPTS - 1), ...attempts.slice(-1)]
      : attempts;
  return toSafeJson(kept.map(toCells));
}

export function decodeAttempts(text: string): readonly LoggedAttempt[] {
  const lists = JSON.parse(text) as readonly (readonly Cell[])[];
  return lists.map(
    ([
      provider,
      model,
      keyHint,
      status,
      error,
      startedMs,
      ms,
      inputTokens,
      outputTokens,
      costNano,
      vendorMessage,
      vendorRequestId,
    ]) =>
      ({
        provider,
        model,
        keyHint,
        status: status ?? null,
        error: error ?? null,
        startedMs: startedMs ?? 0,
        ms: ms ?? null,
        inputTokens: inputTokens ?? null,
        outputTokens: outputTokens ?? null,
        costNano: costNano ?? null,
        vendorMessage: vendorMessage ?? null,
        vendorRequestId: vendorRequestId ?? null,
      }) as LoggedAttempt,
  );
}

function toCells(attempt: RecordedAttempt): Cell[] {
  const { usage } = attempt;
  const cells: Cell[] = [
    cutText(attempt.provider, NAME_BYTES),
    cutText(attempt.model, NAME_BYTES),
    cutText(attempt.keyHint, NAME_BYTES),
    attempt.status,
    attempt.error === null ? null : cutText(attempt.error, NAME_BYTES),
    Math.round(attempt.startedMs),
    attempt.ms === null ? null : Math.round(attempt.ms),
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    attempt.costNano ?? null,
    attempt.vendorMessage === undefined ? null : cutText(attempt.vendorMessage, MESSAGE_BYTES),
    attempt.vendorRequestId ?? null,
  ];
  while (cells.at(-1) === null) cells.pop();
  return cells;
}
