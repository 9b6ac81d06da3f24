import { Injectable } from '@nestjs/common';

const REDACTED = '[redacted]';
/** Shorter ones would hit ordinary words. */
const SHORTEST_SECRET = 6;
/** Keys of vendors by their shape, also cut or starred out as vendors quote them in messages. */
const KEY_SHAPES =
  /\b(?:sk|pk|rk|gsk|xai|hf|nvapi|glpat)[-_][\w*.-]{6,}|\b(?:key|api)[-_](?=[\w*.-]*\d)[\w*.-]{16,}|\bAIza[\w*-]{8,}|\bBearer\s+[\w.~+/*-]{6,}=*/gi;
/** What vendors put in place of a part of a key. Looked for first, as most texts have none. */
const MASK = /\*{3}|•{3}|\.{3}|…/;
const WORDS = /[\w+/=$.*•…-]+/g;
/** What is left of a key around its mask: `abcd****wxyz`, `****wxyz`, `abcd...wxyz`. */
const MASKED_KEY = /\*{3}|•{3}|[\w+/=$-]{3}(?:\.{3}|…)[\w+/=$-]{3}/;

/**
 * The one place that takes secrets out of text. It knows the configured secrets to the letter and the shapes of
 * vendors' keys; every log line and every vendor message on its way to a caller goes through it.
 */
@Injectable()
export class Redactor {
  private known: RegExp | undefined;
  private readonly secrets = new Set<string>();

  /** Secrets that were ever in force stay secret: a reload adds to them. */
  learn(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret.length < SHORTEST_SECRET) continue;
      // Log lines and echoed requests have it as JSON, echoed URLs percent-encoded.
      this.secrets
        .add(secret)
        .add(JSON.stringify(secret).slice(1, -1))
        .add(encodeURIComponent(secret.toWellFormed()));
    }
    if (this.secrets.size === 0) return;
    const longestFirst = [...this.secrets].sort((one, other) => other.length - one.length);
    this.known = new RegExp(longestFirst.map((secret) => RegExp.escape(secret)).join('|'), 'g');
  }

  redact(text: string): string {
    const known = this.known === undefined ? text : text.replace(this.known, REDACTED);
    const unmasked = MASK.test(known)
      ? known.replace(WORDS, (word) => (MASKED_KEY.test(word) ? REDACTED : word))
      : known;
    return unmasked.replace(KEY_SHAPES, REDACTED);
  }
}
