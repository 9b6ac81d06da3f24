import { readModelFault, parseFault, toFault } from './fault.ts';
import type { Fault } from './fault.ts';

export interface BehaviourFilter {
  /** How many requests it is for. Default: until reset. */
  readonly times?: number;
  /** Only requests for this model. */
  readonly model?: string;
  /** Only requests with this key. */
  readonly key?: string;
}

interface Rule {
  readonly fault: Fault;
  readonly model: string | undefined;
  readonly key: string | undefined;
  left: number;
}

const NO_FAULT: Fault = { kind: 'ok' };

/**
 * Chooses what happens to a request: the fault in its model name, else the newest rule that matches and has times
 * left, else the next of the script, else none.
 */
export class Behaviours {
  private rules: Rule[] = [];
  private queue: Fault[] = [];

  get isEmpty(): boolean {
    return this.rules.length === 0 && this.queue.length === 0;
  }

  add(fault: unknown, filter: BehaviourFilter): void {
    const read = toFault(fault);
    const { times = Infinity, model, key } = filter;
    if (times === Infinity) {
      const isAll = model === undefined && key === undefined;
      this.rules = this.rules.filter((rule) => !isAll && (rule.model !== model || rule.key !== key));
    }
    this.rules.unshift({ fault: read, model, key, left: times });
  }

  script(faults: readonly unknown[]): void {
    this.queue.push(...faults.map(toFault));
  }

  clear(): void {
    this.rules = [];
    this.queue = [];
  }

  take(modelAsked: string, key: string): { model: string; fault: Fault } {
    const named = readModelFault(modelAsked);
    if (named.fault !== null) return { model: named.model, fault: parseFault(named.fault) };
    const rule = this.rules.find(
      (candidate) =>
        (candidate.model === undefined || candidate.model === modelAsked) &&
        (candidate.key === undefined || candidate.key === key),
    );
    if (!rule) return { model: modelAsked, fault: this.queue.shift() ?? NO_FAULT };
    rule.left -= 1;
    if (rule.left <= 0) this.rules = this.rules.filter((other) => other !== rule);
    return { model: modelAsked, fault: rule.fault };
  }
}
