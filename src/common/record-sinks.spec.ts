import { beforeEach, describe, expect, it } from 'vitest';
import { makeRecord } from '../../test/support/make-record.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { RecordSinks } from './record-sinks.js';

describe('the sinks of records', () => {
  let clock: ManualClock;
  let sinks: RecordSinks;
  let told: string[];

  beforeEach(() => {
    clock = new ManualClock();
    sinks = new RecordSinks(clock);
    told = [];
    for (const name of ['log', 'metrics']) {
      sinks.add({ record: ({ id }) => told.push(`${name} ${id}`) });
    }
  });

  const record = (...ids: readonly string[]): void => {
    for (const id of ids) sinks.record(makeRecord({ id }));
  };

  it('are told of records that come together after ten milliseconds, one sink after the other', () => {
    record('a', 'b');
    clock.advance(9);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(['log a', 'log b', 'metrics a', 'metrics b']);
  });

  it('are told of each record once, and of the next ones likewise', () => {
    record('a');
    clock.advance(10);
    record('b');
    clock.advance(10);
    clock.advance(10);
    expect(told).toEqual(['log a', 'metrics a', 'log b', 'metrics b']);
  });

  it('are told at once when there are many, or when somebody wants to read what they made of them', () => {
    record(...Array.from({ length: 64 }, (_, index) => String(index)));
    expect(told).toHaveLength(128);
    record('last');
    sinks.flush();
    expect(told.at(-1)).toBe('metrics last');
    clock.advance(10);
    expect(told).toHaveLength(130);
  });

  it('do not suffer from one that fails', () => {
    const failing = new RecordSinks(clock);
    failing.add({
      record: () => {
        throw new Error('no room');
      },
    });
    failing.add({ record: ({ id }) => told.push(id) });
    failing.record(makeRecord({ id: 'a' }));
    failing.record(makeRecord({ id: 'b' }));
    clock.advance(10);
    expect(told).toEqual(['a', 'b']);
  });

  it('wait for nothing once the process is closing', () => {
    record('a');
    sinks.close();
    record('b');
    expect(told).toEqual(['log a', 'metrics a', 'log b', 'metrics b']);
  });
});
