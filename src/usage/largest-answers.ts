import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';

const MOST_REMEMBERED = 10_000;

/** Of one gateway key and one model. */
export class LargestAnswer {
  private most: number | undefined;

  /** `undefined` where none was seen. */
  get tokens(): number | undefined {
    return this.most;
  }

  note(tokens: number): void {
    if (tokens > (this.most ?? 0)) this.most = tokens;
  }
}

/** The largest answers seen, by gateway key and model. What was not used for longest is forgotten first. */
@Injectable()
export class LargestAnswers {
  private readonly largest = new QuickLRU<string, LargestAnswer>({ maxSize: MOST_REMEMBERED });

  of(keyId: string | null, model: string): LargestAnswer {
    // No key's identity has a line break in it.
    const name = `${keyId ?? ''}\n${model}`;
    let answer = this.largest.get(name);
    if (answer === undefined) {
      answer = new LargestAnswer();
      this.largest.set(name, answer);
    }
    return answer;
  }
}
