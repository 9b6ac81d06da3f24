import { beforeEach, describe, expect, it, vi } from 'vitest';
import { joinLines } from '../../test/support/join-lines.js';
import { Topic, type Line } from './line.js';

const SUM = new Topic<readonly number[], number>('sum');
const NEWS = new Topic<string>('news');
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('a line', () => {
  const errors = vi.fn();
  let here: Line;
  let there: Line;

  beforeEach(() => {
    errors.mockReset();
    [here, there] = joinLines(errors);
  });

  it('answers each question with its own answer, in both directions, whatever the order', async () => {
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    there.on(SUM, async (numbers) => {
      if (numbers.length > 1) await waiting;
      return sum(numbers);
    });
    here.on(SUM, sum);
    const late = here.ask(SUM, [1, 2]);
    await expect(here.ask(SUM, [3])).resolves.toBe(3);
    await expect(there.ask(SUM, [4, 5])).resolves.toBe(9);
    finish();
    await expect(late).resolves.toBe(3);
  });

  it('tells in order, and what nobody listens to is lost', () => {
    const heard: string[] = [];
    there.tell(NEWS, 'lost');
    there.on(NEWS, (text) => {
      heard.push(text);
    });
    for (const text of ['one', 'two']) here.tell(NEWS, text);
    expect(heard).toEqual(['one', 'two']);
  });

  it('gives no answer where nobody listens, and where the handler fails, which is reported', async () => {
    await expect(here.ask(SUM, [1])).resolves.toBeUndefined();
    there.on(SUM, () => {
      throw new Error('cannot add');
    });
    await expect(here.ask(SUM, [1])).resolves.toBeUndefined();
    there.on(SUM, () => Promise.reject(new Error('cannot add later')));
    await expect(here.ask(SUM, [1])).resolves.toBeUndefined();
    expect(errors.mock.calls.map(([error]) => (error as Error).message)).toEqual([
      'cannot add',
      'cannot add later',
    ]);
  });

  it('lets nobody wait once the other end is gone', async () => {
    there.on(SUM, () => new Promise<number>(() => undefined));
    const asked = here.ask(SUM, [1]);
    here.close();
    await expect(asked).resolves.toBeUndefined();
    await expect(here.ask(SUM, [1])).resolves.toBeUndefined();
  });

  it('leaves alone what is no message of a line', () => {
    for (const value of [null, 'text', { kind: 'other' }, { cmd: 'NODE_CLUSTER' }, [null]])
      here.receive(value);
    here.receive({ kind: 'answer', ask: 99, body: 1 });
    expect(errors).not.toHaveBeenCalled();
  });
});
