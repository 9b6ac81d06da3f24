import { expect, test } from 'vitest';
import { inBatches } from './in-batches.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what comes up in one turn leaves together and in order, what comes later by itself', async () => {
  const sent: (readonly object[])[] = [];
  const send = inBatches((messages) => sent.push(messages));
  send({ count: 1 });
  send({ count: 2 });
  expect(sent).toEqual([]);
  await turn();
  send({ count: 3 });
  await turn();
  await turn();
  expect(sent).toEqual([[{ count: 1 }, { count: 2 }], [{ count: 3 }]]);
});
