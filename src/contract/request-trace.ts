/** The place of a request in a distributed trace (https://www.w3.org/TR/trace-context/). Ids are hexadecimal. */
export interface RequestTrace {
  readonly traceId: string;
  /** The gateway's own span. */
  readonly spanId: string;
  /** The caller's span, where it sent one. */
  readonly parentSpanId?: string | undefined;
  /** Whether spans are kept: the caller decides, where it sent a trace. */
  readonly isSampled: boolean;
  /** The caller's `tracestate`, passed on as it is. */
  readonly state?: string | undefined;
  /** Vendors are told. */
  readonly isToldToVendors: boolean;
}
