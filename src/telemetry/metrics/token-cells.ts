import type { Usage } from '../../contract/usage.js';
import type { CounterCell } from './counter.js';
import type { RequestMetrics } from './request-metrics.js';

/** Kinds of tokens: the totals, and parts of them. */
const KINDS = [
  ['inputTokens', 'input'],
  ['outputTokens', 'output'],
  ['cacheReadTokens', 'cache_read'],
  ['cacheWriteTokens', 'cache_write'],
  ['reasoningTokens', 'reasoning'],
  ['inputAudioTokens', 'input_audio'],
  ['outputAudioTokens', 'output_audio'],
] as const satisfies readonly (readonly [keyof Usage, string])[];

/** Counts the tokens of one target and gateway key. A kind gets its series with its first token. */
export class TokenCells {
  private readonly cells: (CounterCell | undefined)[] = [];

  constructor(
    private readonly metrics: RequestMetrics,
    private readonly provider: string,
    private readonly model: string,
    private readonly key: string,
  ) {}

  add(usage: Usage): void {
    for (const [index, [member, kind]] of KINDS.entries()) {
      const count = usage[member];
      if (count === undefined || count === 0) continue;
      const cell = (this.cells[index] ??= this.metrics.tokens.cell(
        this.provider,
        this.model,
        this.key,
        kind,
      ));
      cell.value += count;
    }
  }
}
