import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TargetMeter } from '../../src/routing/target-meter.js';
import { toFault, type Fault } from '../simulator/fault.ts';
import type { LoggedRequest } from '../simulator/request-log.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import type { SimulatorOptions } from '../simulator/simulator-options.ts';
import {
  CALLER_FORMATS,
  CALLER_PATHS,
  readCallerAnswer,
  toCallerBody,
  type CallerFormat,
} from '../support/caller-formats.js';
import { SeededRandom } from '../support/seeded-random.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/**
 * Three vendors that fail in every way at random under two hundred callers, on the real clock. Whatever happens, each
 * request ends in one vendor's complete answer or in a typed error, in time, and nobody is asked more often than allowed.
 */

const SECONDS = Number(process.env['SLUICE_CHAOS_SECONDS'] ?? 10);
const SEED = Number(process.env['SLUICE_CHAOS_SEED'] ?? 20_260_101);
const CALLERS = 200;
const FAULT_SHARE = 0.08;
const LEAVING_SHARE = 0.02;
const MAX_ATTEMPTS = 6;
const MAX_RETRIES = 1;
/**
 * The longest way through the configuration below: six answers awaited for 3 s and broken off after 2 s of silence, three
 * backoffs and a wait for a rest to end. The rest is for a machine that is busy with other things.
 */
const BUDGET_MS = 45_000;
const HUGE = 65_536;
/** Few, so that callers, gateway and vendors fit into one process beside other tests. */
const CHUNKS = 8;

/** Every fault of the simulator; what waits does so past the timers or within them. */
const FAULTS: readonly (Fault | string)[] = [
  ...['400', '401', '402', '403', '404', '408', '409', '422', '500', '502', '503', '504', '529'].map(
    (status) => `status-${status}`,
  ),
  ...['status-429', 'status-429;retry-after=1', 'status-429;retry-after-ms=200', 'status-503;retry-after=1'],
  ...['context-length', 'content-policy', 'insufficient-quota', 'model-not-found'],
  ...['refuse-60', 'reset', 'reset-0', 'reset-2', 'silent', 'silent-headers'],
  ...['slow-50', 'slow-5000', 'late-50', 'late-5000', 'stall-0', 'stall-2', 'drip-5'],
  ...['cut-0', 'cut-2', 'cut-999;finish', 'no-end', 'empty-stream', 'role-only', 'empty-choices'],
  ...['malformed-0', 'malformed-1;count=2', 'malformed-1;count=3', 'error-0', 'error-0;bare', 'error-2'],
  ...['error-2;type=overloaded_error', 'html', 'bad-json', `huge-line-${String(HUGE)}`, 'gzip', 'redirect'],
  ...['ok;burst=true', 'ok;usage=null'],
  { kind: 'ok', split: { seed: 7, max: 60 } },
  { kind: 'gzip', split: { seed: 8, max: 40 } },
  { kind: 'replay', body: 'data: {}\n\n' },
];

const ROUTES = ['auto', 'shared', 'held', 'hedged', 'fastest'];

interface Question {
  readonly id: string;
  readonly words: string;
  readonly format: CallerFormat;
  readonly stream: boolean;
  readonly route: string;
}

interface Outcome {
  readonly question: Question;
  readonly kind: 'whole' | 'error' | 'left';
  readonly name: string;
  readonly ms: number;
  readonly attempts: number;
}

/** What went against the promise, in words for the failing test. */
const violations: string[] = [];
const outcomes: Outcome[] = [];
/** How often each candidate was called for each question. */
const asked = new Map<string, number>();
/** How many of these calls were closed before a byte of an answer. */
const repeatable = new Map<string, number>();
const faultsSeen = new Map<string, number>();
/** Questions that a vendor answered with an empty message, which in its format is an answer like any other. */
const answeredEmpty = new Set<string>();
const empties: Question[] = [];

const vendors = new Map<string, Simulator>();
let gateway: RunningGateway;

/** Below the range that outgoing connections take their ports from, so that a closed port can be opened again. */
async function startOnLowPort(options: SimulatorOptions, random: SeededRandom): Promise<Simulator> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await startSimulator({ ...options, chunks: CHUNKS, port: 20_000 + random.integer(10_000) });
    } catch (error) {
      if (attempt > 20) throw error;
    }
  }
}

beforeAll(async () => {
  const ports = new SeededRandom(process.pid);
  const kinds: readonly SimulatorOptions[] = [
    { format: 'openai', flavour: 'deepseek', name: 'deepseek' },
    { format: 'openai', name: 'openai' },
    { format: 'anthropic', name: 'anthropic' },
  ];
  for (const options of kinds) vendors.set(options.name ?? '', await startOnLowPort(options, ports));
  const targets = [...vendors.keys()];
  gateway = await startGateway({
    yaml: JSON.stringify({
      providers: [...vendors].map(([name, { url }]) => ({
        name,
        vendor: name,
        base_url: `${url}/v1`,
        api_keys: ['a', 'b', 'c'].map((key) => `${name}-key-${key}`),
        model: 'model-1',
        models: ['model-1', 'model-2'],
        timeout: '3s',
        idle_timeout: '2s',
        connect_timeout: '3s',
        max_retries: MAX_RETRIES,
      })),
      routing: {
        cooldown: '150ms',
        max_cooldown: '600ms',
        max_attempts: MAX_ATTEMPTS,
        max_wait: '1s',
        rate_limit_wait: '100ms',
        routes: [
          { name: 'auto', targets },
          { name: 'shared', strategy: 'weighted', targets: targets.map((target) => `${target}/model-2`) },
          {
            name: 'held',
            stream_commit: 'buffered',
            on_content_filter: 'next',
            targets: targets.toReversed(),
          },
          { name: 'hedged', strategy: 'least-busy', hedge_after: '500ms', targets },
          { name: 'fastest', strategy: 'least-latency', targets },
        ],
      },
    }),
  });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([...vendors.values()].map((vendor) => vendor.close()));
});

const SYLLABLES = [
  'sluice',
  'gate',
  'wéir',
  'water',
  '水门',
  '🚪',
  'lock "4"',
  'a\\b',
  'x\ty',
  '{"k":1}',
  '§',
  'end',
];

/** Words that are its own and say whether they have come whole: the last of them is a checksum of the others. */
function toQuestion(index: number, random: SeededRandom): Question {
  const id = `question ${String(index)};`;
  const body = Array.from({ length: 30 }, () => random.pick(SYLLABLES)).join(' ');
  const sum = createHash('sha256').update(`${id} ${body}`).digest('hex').slice(0, 16);
  return {
    id,
    words: `${id} ${body} ${sum}`,
    format: random.pick(CALLER_FORMATS),
    stream: random.happens(0.6),
    route: random.pick(ROUTES),
  };
}

async function ask(question: Question, leavesAfterMs: number | undefined): Promise<void> {
  const { format, stream, route, words } = question;
  const begunAt = performance.now();
  const leave = new AbortController();
  const timer = leavesAfterMs === undefined ? undefined : setTimeout(() => leave.abort(), leavesAfterMs);
  const end = (kind: Outcome['kind'], name: string, attempts: number): void => {
    const ms = performance.now() - begunAt;
    outcomes.push({ question, kind, name, ms, attempts });
    if (ms > BUDGET_MS) violate(question, `took ${String(Math.round(ms))} ms`);
    if (attempts > MAX_ATTEMPTS) violate(question, `made ${String(attempts)} attempts`);
  };
  try {
    const response = await fetch(`${gateway.url}${CALLER_PATHS[format]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(toCallerBody(format, route, stream, words)),
      signal: AbortSignal.any([leave.signal, AbortSignal.timeout(2 * BUDGET_MS)]),
    });
    const text = await response.text();
    const { headers, status } = response;
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
    const answer = readCallerAnswer(format, status, isStream, text);
    const provider = headers.get('x-sluice-provider') ?? '';
    const attempts = Number(headers.get('x-sluice-attempts') ?? NaN);
    const whole = `Hello from ${provider}: ${words}`;
    const isHuge = answer.content === 'x'.repeat(HUGE);
    if (answer.end === 'cut') violate(question, `cut in silence: ${text.slice(-300)}`);
    if (answer.error === 'untyped') violate(question, `untyped error: ${text.slice(-300)}`);
    if (answer.end === 'whole' && answer.content === '') {
      empties.push(question);
    } else if (answer.end === 'whole' && answer.content !== whole && !isHuge) {
      violate(question, `${provider} never said: ${JSON.stringify(answer.content)}`);
    }
    // What came before an error must be the beginning of what the vendor said.
    if (answer.end === 'error' && !whole.startsWith(answer.content)) {
      violate(question, `${provider} never began: ${JSON.stringify(answer.content)}`);
    }
    if (Number.isNaN(attempts)) violate(question, `no x-sluice-attempts: ${text.slice(0, 300)}`);
    end(answer.end === 'whole' ? 'whole' : 'error', answer.error ?? provider, attempts);
  } catch (error) {
    if (leave.signal.aborted) end('left', 'caller left', 0);
    else violate(question, `the connection failed: ${String(error)} ${String((error as Error).cause)}`);
  } finally {
    clearTimeout(timer);
  }
}

function violate({ id, format, stream, route }: Question, words: string): void {
  violations.push(`${id} (${format}, ${stream ? 'streamed' : 'whole'}, ${route}) ${words}`);
}

/** Takes the vendors' logs in and empties them. */
function takeLogs(): void {
  for (const [name, vendor] of vendors) {
    const entries: readonly LoggedRequest[] = vendor.requests;
    if (entries.some(({ readAt }) => readAt === null)) continue;
    for (const { rawBody, key, model, fault } of entries) {
      const [id] = /question \d+;/.exec(rawBody) ?? [];
      if (id === undefined) continue;
      if (fault === 'empty-choices' || fault === 'role-only') answeredEmpty.add(id);
      faultsSeen.set(fault, (faultsSeen.get(fault) ?? 0) + 1);
      const call = `${id} ${name}/${model} ${key}`;
      asked.set(call, (asked.get(call) ?? 0) + 1);
      // Over a connection that had served before, such a call is made again and counts once.
      if (fault === 'reset' || fault === 'refuse') repeatable.set(call, (repeatable.get(call) ?? 0) + 1);
    }
    vendor.clearLog();
  }
}

/** What each vendor does with its next calls. */
function planFaults(random: SeededRandom, calls: number): void {
  for (const vendor of vendors.values()) {
    // Every fault once before any comes again.
    let left: (Fault | string)[] = [];
    const takeFault = (): Fault | string => {
      if (left.length === 0) left = [...FAULTS];
      return left.splice(random.integer(left.length), 1)[0] ?? 'ok';
    };
    vendor.script(Array.from({ length: calls }, () => (random.happens(FAULT_SHARE) ? takeFault() : 'ok')));
  }
}

const countBy = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

describe(`${String(CALLERS)} callers, three vendors of three keys, every fault, ${String(SECONDS)} s`, () => {
  test(
    'every request ends in one complete answer or one typed error',
    { timeout: SECONDS * 1000 + 2 * BUDGET_MS },
    async () => {
      const random = new SeededRandom(SEED);
      planFaults(random, SECONDS * 600);
      let serial = 0;
      const endsAt = performance.now() + SECONDS * 1000;
      const logs = setInterval(takeLogs, 500);
      const caller = async (): Promise<void> => {
        await pause(random.integer(1500));
        while (performance.now() < endsAt) {
          const question = toQuestion(serial++, random);
          await ask(question, random.happens(LEAVING_SHARE) ? random.integer(300) : undefined);
          await pause(500 + random.integer(1000));
        }
      };
      await Promise.all(Array.from({ length: CALLERS }, caller));
      clearInterval(logs);
      await vi.waitFor(
        () => {
          takeLogs();
          expect([...vendors.values()].map(({ requests }) => requests.length)).toEqual([0, 0, 0]);
        },
        { timeout: 10_000 },
      );

      const times = outcomes.map(({ ms }) => ms).toSorted((first, second) => first - second);
      const at = (share: number): number => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0);
      const report = {
        requests: serial,
        ends: countBy(outcomes.map(({ kind }) => kind)),
        attempts: countBy(outcomes.map(({ attempts }) => String(attempts))),
        servedBy: countBy(outcomes.filter(({ kind }) => kind === 'whole').map(({ name }) => name)),
        errors: countBy(outcomes.filter(({ kind }) => kind === 'error').map(({ name }) => name)),
        milliseconds: { p50: at(0.5), p99: at(0.99), longest: at(1) },
        vendorCalls: [...asked.values()].reduce((sum, count) => sum + count, 0),
        faults: [...faultsSeen].reduce((sum, [kind, count]) => sum + (kind === 'ok' ? 0 : count), 0),
      };
      if (process.env['SLUICE_CHAOS_SECONDS'] !== undefined) {
        process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      }

      expect(violations).toEqual([]);
      expect(outcomes).toHaveLength(serial);
      expect(empties.filter(({ id }) => !answeredEmpty.has(id))).toEqual([]);
      const tooOften = [...asked].filter(
        ([call, count]) => count - (repeatable.get(call) ?? 0) > 1 + MAX_RETRIES,
      );
      expect(tooOften).toEqual([]);
      // It was chaos, and most of the requests did not notice.
      const kinds = new Set(FAULTS.map((fault) => toFault(fault).kind));
      expect(faultsSeen.size).toBeGreaterThan(kinds.size / 3);
      const wholeShare =
        outcomes.filter(({ kind }) => kind === 'whole').length /
        outcomes.filter(({ kind }) => kind !== 'left').length;
      expect(wholeShare).toBeGreaterThan(0.8);
      expect(outcomes.some(({ attempts, kind }) => attempts > 1 && kind === 'whole')).toBe(true);
    },
  );

  test('afterwards nothing is left in flight, and every vendor serves again', async () => {
    const meter = gateway.app.get(TargetMeter, { strict: false });
    const ids = [...vendors.keys()].flatMap((name) => [`${name}/model-1`, `${name}/model-2`]);
    await vi.waitFor(
      () => {
        expect(ids.map((id) => meter.inFlight(id))).toEqual(ids.map(() => 0));
      },
      { timeout: 10_000 },
    );
    await Promise.all([...vendors.values()].map((vendor) => vendor.clear()));
    const before = outcomes.length;
    await vi.waitFor(
      async () => {
        for (const name of vendors.keys()) {
          const response = await fetch(`${gateway.url}/v1/chat`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ provider: name, messages: [{ role: 'user', content: 'hi' }] }),
          });
          expect(await response.json()).toMatchObject({ provider: name });
        }
      },
      { timeout: 10_000, interval: 200 },
    );
    const random = new SeededRandom(SEED + 1);
    const questions = Array.from({ length: 100 }, (_, index) => toQuestion(1_000_000 + index, random));
    await Promise.all(questions.map((question) => ask(question, undefined)));
    expect(violations).toEqual([]);
    expect(outcomes.slice(before).filter(({ kind }) => kind !== 'whole')).toEqual([]);
  });

  test('the log has one line for each request, with what became of it', async () => {
    const lines = gateway.logs.matching({ message: 'request' });
    const served = outcomes.length + lines.filter(({ message }) => isFinalCheck(message)).length;
    expect(lines.length).toBeGreaterThanOrEqual(outcomes.filter(({ kind }) => kind !== 'left').length);
    expect(lines.length).toBeLessThanOrEqual(served);
    expect(gateway.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

/** The plain requests by which the second test waits for the vendors to be back. */
function isFinalCheck(message: unknown): boolean {
  return (message as { requested_model?: unknown }).requested_model === null;
}
