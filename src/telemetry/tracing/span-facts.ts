export type AttributeValue = string | number | boolean | string[];

/** A span that is over, before it is any library's. */
export interface SpanFacts {
  readonly name: string;
  readonly kind: 'server' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly state: string | undefined;
  /** Unix milliseconds, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What went wrong, for the span's status. */
  readonly error: string | undefined;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}
