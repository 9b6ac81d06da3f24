/** The mark of a topic, which a change replaces. */
export interface ChangeMark {
  readonly topic: string;
  readonly mark: string;
}

/** Hears of changes that other processes make in the database. */
export interface ChangeWatch {
  start(): void;
  stop(): void;
}

export interface ChangeWatchListener {
  /** Marks as they are now. Those that are known already tell nothing new. */
  onMarks(marks: readonly ChangeMark[]): void;
  /** Changes may have been missed. */
  onGap(): void;
}

/** Reads what another process sent; `undefined` when it is something else. */
export function toMark(value: unknown): ChangeMark | undefined {
  if (typeof value !== 'object' || value === null || !('topic' in value) || !('mark' in value))
    return undefined;
  const { topic, mark } = value;
  return typeof topic === 'string' && typeof mark === 'string' ? { topic, mark } : undefined;
}
