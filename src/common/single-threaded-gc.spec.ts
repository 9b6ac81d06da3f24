import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { optionsForFewCores } from './single-threaded-gc.js';

const given = process.execArgv;
afterEach(() => {
  process.execArgv = given;
});

test('a process for each core collects garbage in its own thread', () => {
  expect(optionsForFewCores(availableParallelism())).toEqual(['--single-threaded-gc']);
});

test.each(['--single-threaded-gc', '--no-single-threaded-gc'])('%s of whoever starts it stays', (option) => {
  process.execArgv = ['--enable-source-maps', option];
  expect(optionsForFewCores(availableParallelism())).toEqual([]);
});
