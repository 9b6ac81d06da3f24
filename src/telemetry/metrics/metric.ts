/** What Prometheus is told of a metric. */
export interface MetricInfo {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A metric that keeps its own figures. */
export interface Metric extends MetricInfo {
  readonly type: 'counter' | 'histogram';
  /** In Prometheus' text format. */
  write(): string;
}
