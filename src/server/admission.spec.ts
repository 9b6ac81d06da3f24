import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from '../common/event-loop-turn.js';
import { StreamTurns } from '../common/stream-turns.js';
import { WaitingLine } from '../common/waiting-line.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { Load } from '../telemetry/load.js';
import { Admission } from './admission.js';
import { LoopLag } from './loop-lag.js';

const LIMIT_MS = 500;

function settingsOf(server: string): SettingsHolder {
  const yaml = `server: ${server}\nproviders: [{ name: openai, vendor: openai, api_keys: [key] }]`;
  return new SettingsHolder(loadSettings({}, () => yaml));
}

describe('the admission of requests', () => {
  let clock: ManualClock;
  let line: WaitingLine;
  let streams: StreamTurns;
  let load: Load;
  let admission: Admission;

  const admit = (settings = settingsOf('{ max_in_flight: 3, max_event_loop_lag: 500ms }')): void => {
    admission = new Admission(settings, load, line, streams, new LoopLag(clock), clock);
  };

  /** So many who wait, after many who were started ten milliseconds apart. */
  const waitInLine = async (count: number): Promise<void> => {
    const starts = 400;
    for (let index = 0; index <= starts + count; index++) line.join(() => clock.advance(10));
    while (line.length > count) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  beforeEach(() => {
    clock = new ManualClock();
    const turn = new EventLoopTurn(clock);
    line = new WaitingLine(turn, clock);
    streams = new StreamTurns(turn, clock);
    load = new Load();
    admit();
  });

  it('takes what comes while there is room', () => {
    load.begin();
    load.begin();
    expect(admission.refusal()).toBeUndefined();
  });

  it('refuses what is beyond server.max_in_flight', () => {
    for (let index = 0; index < 3; index++) load.begin();
    const refusal = admission.refusal();
    expect(refusal).toMatchObject({ code: 'overloaded', status: 503, retryAfterMs: 1_000 });
    expect(refusal?.message).toContain('3 requests in flight');
    load.end();
    expect(admission.refusal()).toBeUndefined();
  });

  it('refuses once requests have had to wait too long for two seconds', async () => {
    await waitInLine(LIMIT_MS / 10 + 1);
    for (let passed = 0; passed < 2_000; passed += 100) {
      expect(admission.refusal()).toBeUndefined();
      clock.advance(100);
    }
    expect(admission.refusal()).toMatchObject({ code: 'overloaded', status: 503 });
    expect(admission.refusal()?.message).toContain('wait for more than 25 ms');
  });

  it('what streams wait to be passed on counts as waiting too', () => {
    streams.take(() => clock.advance(10));
    streams.take(() => undefined);
    clock.advance(LIMIT_MS + 1);
    for (let passed = 0; passed < 2_000; passed += 100) {
      expect(admission.refusal()).toBeUndefined();
      clock.advance(100);
    }
    expect(admission.refusal()?.message).toContain('wait for more than 25 ms');
  });

  it('refuses whoever comes after the process was full of requests that wait, until the line is short', async () => {
    await waitInLine(LIMIT_MS / 10 - 1);
    for (let index = 0; index < 3; index++) load.begin();
    expect(admission.refusal()?.message).toContain('3 requests in flight');
    load.end();
    expect(admission.refusal()?.message).toContain('wait for more than 25 ms');
    while (line.length > 2) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(admission.refusal()).toBeUndefined();
  });

  it('sends callers away for one to three seconds in turns', () => {
    for (let index = 0; index < 3; index++) load.begin();
    const seconds = Array.from({ length: 4 }, () => admission.refusal()?.retryAfterMs);
    expect(seconds).toEqual([1_000, 2_000, 3_000, 1_000]);
  });

  it('lets a line be that is short enough', async () => {
    await waitInLine(LIMIT_MS / 10 - 1);
    for (let passed = 0; passed < 5_000; passed += 100) {
      expect(admission.refusal()).toBeUndefined();
      clock.advance(100);
    }
  });

  it('with server.max_event_loop_lag 0s it lets them wait', async () => {
    admit(settingsOf('{ max_event_loop_lag: 0s }'));
    await waitInLine(1_000);
    for (let passed = 0; passed < 5_000; passed += 100) {
      expect(admission.refusal()).toBeUndefined();
      clock.advance(100);
    }
  });

  it('at the end of a shutdown it refuses everybody', () => {
    load.refuse();
    expect(admission.refusal()).toMatchObject({ code: 'shutting_down', status: 503, retryAfterMs: 1_000 });
  });
});
