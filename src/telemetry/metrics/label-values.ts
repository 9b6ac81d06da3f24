import { OTHER } from './series.js';

/** The values that one label takes: only so many, the rest is `other`. */
export class LabelValues {
  private readonly known = new Set<string>();

  constructor(private readonly most: number) {}

  /** The value, which is known from now on as long as there is room. */
  admit(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return OTHER;
    this.known.add(value);
    return value;
  }

  has(value: string): boolean {
    return this.known.has(value);
  }

  /** The value if it is known; it does not become so. */
  find(value: string): string {
    return this.known.has(value) ? value : OTHER;
  }
}
