import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';

const MOST_REMEMBERED = 10_000;

/** The largest answers seen, in tokens, by gateway key and model. What was not used for longest is forgotten first. */
@Injectable()
export class LargestAnswers {
  private readonly largest = new QuickLRU<string, number>({ maxSize: MOST_REMEMBERED });

  note(keyId: string | null, model: string, outputTokens: number): void {
    const name = nameOf(keyId, model);
    if (outputTokens > (this.largest.get(name) ?? 0)) this.largest.set(name, outputTokens);
  }

  /** `undefined` where none was seen. */
  of(keyId: string | null, model: string): number | undefined {
    return this.largest.get(nameOf(keyId, model));
  }
}

/** No key's identity has a line break in it. */
function nameOf(keyId: string | null, model: string): string {
  return `${keyId ?? ''}\n${model}`;
}
