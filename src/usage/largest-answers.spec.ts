import { describe, expect, it } from 'vitest';
import { LargestAnswers } from './largest-answers.js';

describe('the largest answers', () => {
  it('are unknown until one was seen', () => {
    expect(new LargestAnswers().of('key', 'model')).toBeUndefined();
  });

  it('only grow', () => {
    const answers = new LargestAnswers();
    for (const tokens of [100, 300, 200]) answers.note('key', 'model', tokens);
    expect(answers.of('key', 'model')).toBe(300);
  });

  it('are those of one key and one model', () => {
    const answers = new LargestAnswers();
    answers.note('key', 'model', 100);
    answers.note(null, 'model', 200);
    expect([answers.of('key', 'model'), answers.of(null, 'model')]).toEqual([100, 200]);
    expect([answers.of('other', 'model'), answers.of('key', 'other')]).toEqual([undefined, undefined]);
  });

  it('are forgotten where nobody asks for them any more', () => {
    const answers = new LargestAnswers();
    answers.note('key', 'first', 100);
    for (let index = 0; index < 30_000; index++) answers.note('key', `model-${index}`, 1);
    expect(answers.of('key', 'first')).toBeUndefined();
    expect(answers.of('key', 'model-29999')).toBe(1);
  });
});
