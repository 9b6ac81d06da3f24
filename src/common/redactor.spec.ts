import { describe, expect, it } from 'vitest';
import { Redactor } from './redactor.js';

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  redactor.learn(secrets);
  return redactor;
}

describe('what the redactor was told', () => {
  it('is taken out wherever it stands, to the letter', () => {
    const redactor = redactorOf('correct-horse', 'battery-staple');
    expect(redactor.redact('a correct-horse, xcorrect-horsex and "battery-staple"')).toBe(
      'a [redacted], x[redacted]x and "[redacted]"',
    );
  });

  it('may hold characters that mean something in a regular expression', () => {
    expect(redactorOf('a.b*c+(d)$[e]').redact('key a.b*c+(d)$[e] and aXbbc')).toBe(
      'key [redacted] and aXbbc',
    );
  });

  it('is found inside JSON and inside a URL', () => {
    const secret = 'quote" and\\slash/é';
    const redactor = redactorOf(secret);
    for (const text of [
      secret,
      JSON.stringify({ secret }),
      `https://host/?key=${encodeURIComponent(secret)}`,
    ]) {
      const redacted = redactor.redact(text);
      expect(redacted).toContain('[redacted]');
      expect(redacted).not.toMatch(/slash|quote/);
    }
  });

  it('is taken out whole where one secret begins like another', () => {
    expect(redactorOf('secret', 'secret-longer').redact('secret-longer')).toBe('[redacted]');
  });

  it('stays secret when more is learnt', () => {
    const redactor = redactorOf('first-secret');
    redactor.learn(['second-secret']);
    redactor.learn([]);
    expect(redactor.redact('first-secret second-secret')).toBe('[redacted] [redacted]');
  });

  it('is ignored when it is so short that it would hit ordinary words', () => {
    expect(redactorOf('', 'a', 'hello').redact('hello, a world')).toBe('hello, a world');
  });
});

describe('what looks like a key', () => {
  it.each([
    'sk-proj-abcdef123456',
    'sk-ant-api03-abcdef',
    'gsk_abcdefgh',
    'xai-abcdefgh',
    'AIzaSyAbcdefgh',
    'hf_abcdefgh',
    'sk-ab********wxyz',
    'sk-abc...wxyz',
    '****wxyz',
    '***wxyz',
    'abcd****',
    'abcd****wxyz',
    '••••••wxyz',
    'abcdef...wxyz',
    'abcdef…wxyz',
    'Bearer abcdef.ghi',
  ])('%s is taken out, known or not', (key) => {
    const redacted = new Redactor().redact(`Incorrect API key provided: ${key}`);
    expect(redacted).toBe('Incorrect API key provided: [redacted]');
  });

  it('is taken out of the middle of a sentence, and the rest is left', () => {
    expect(new Redactor().redact('Your api key: ****1234 is invalid, see the docs.')).toBe(
      'Your api key: [redacted] is invalid, see the docs.',
    );
  });
});

describe('ordinary text', () => {
  it.each([
    'The model `gpt-4o` does not exist or you do not have access to it.',
    "This model's maximum context length is 128000 tokens.",
    'Wait... what? Loading...',
    'Invalid value: 2 ** 3 * 4',
    'messages[0].content must be a string',
    '{"level":"info","request_id":"0c2f3a0e-5b0f-4c4e-9d0b-3f1d8f1f7a11","msg":"Starting..."}',
    'a key is missing; risk-averse people ask-again',
    '',
  ])('%j is left as it is', (text) => {
    expect(redactorOf('unrelated-secret').redact(text)).toBe(text);
  });

  it('stays JSON when it was JSON', () => {
    const line = JSON.stringify({
      reason: 'key ****',
      next: true,
      text: 'Bearer abcdefgh',
      list: ['***x', 'y'],
    });
    expect(JSON.parse(redactorOf('secret').redact(line))).toEqual({
      reason: 'key [redacted]',
      next: true,
      text: '[redacted]',
      list: ['[redacted]', 'y'],
    });
  });

  it('of a megabyte without a space takes no noticeable time', () => {
    const redactor = redactorOf('unrelated-secret');
    const begun = performance.now();
    redactor.redact('a'.repeat(1_000_000));
    redactor.redact(`${'a'.repeat(1_000_000)}***`);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});
