import { describe, expect, it } from 'vitest';
import { LargestAnswers } from './largest-answers.js';

describe('the largest answers', () => {
  it('are unknown until one was seen', () => {
    expect(new LargestAnswers().of('key', 'model').tokens).toBeUndefined();
  });

  it('only grow', () => {
    const answers = new LargestAnswers();
    for (const tokens of [100, 300, 200]) answers.of('key', 'model').note(tokens);
    expect(answers.of('key', 'model').tokens).toBe(300);
  });

  it('are those of one key and one model', () => {
    const answers = new LargestAnswers();
    answers.of('key', 'model').note(100);
    answers.of(null, 'model').note(200);
    expect([answers.of('key', 'model').tokens, answers.of(null, 'model').tokens]).toEqual([100, 200]);
    expect([answers.of('other', 'model').tokens, answers.of('key', 'other').tokens]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('are forgotten where nobody asks for them any more', () => {
    const answers = new LargestAnswers();
    answers.of('key', 'first').note(100);
    for (let index = 0; index < 30_000; index++) answers.of('key', `model-${index}`).note(1);
    expect(answers.of('key', 'first').tokens).toBeUndefined();
    expect(answers.of('key', 'model-29999').tokens).toBe(1);
  });
});
