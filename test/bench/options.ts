import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]
  --quick             fewer rows, shorter: a look, not a measurement
  --full              longer, for figures to keep
  --only NAME,NAME    these rows
  --list              the names of the rows
  --rounds N          interleaved rounds of each case (default 3)
  --seconds S         of each case in each round (default 1)
  --samples N         of each latency, at least (default 1000)
  --portkey           Portkey's gateway from npm beside it
  --soak MINUTES      mixed load for so long and nothing else
  --main PATH         another build of Sluice (default dist/main.js)
  --profile FOLDER    a CPU profile of Sluice into FOLDER; see profile.ts
  --output FILE       default .bench/results.json, with --soak .bench/soak.json
`;

export interface BenchOptions {
  readonly help: boolean;
  readonly list: boolean;
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly samples: number;
  /** The most that a subject is warmed up for a case. */
  readonly warmUpSeconds: number;
  readonly portkey: boolean;
  /** 0: no soak. */
  readonly soakMinutes: number;
  readonly main: string;
  readonly profile: string | undefined;
  readonly output: string;
}

/** The 99th percentile of 1,000 samples and the 99.9th of 10,000 have ten beyond them. */
const LENGTHS = {
  quick: { rounds: '2', seconds: '0.4', samples: '1000', warmUpSeconds: 2 },
  usual: { rounds: '3', seconds: '1', samples: '1000', warmUpSeconds: 20 },
  full: { rounds: '5', seconds: '1.5', samples: '10000', warmUpSeconds: 30 },
} as const;

/** @throws TypeError for an unknown option, Error for a value that is not a positive number */
export function readOptions(): BenchOptions {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      samples: { type: 'string' },
      portkey: { type: 'boolean', default: false },
      soak: { type: 'string' },
      main: { type: 'string', default: 'dist/main.js' },
      profile: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const length = LENGTHS[values.quick ? 'quick' : values.full ? 'full' : 'usual'];
  const soakMinutes = values.soak === undefined ? 0 : positive('soak', values.soak);
  return {
    help: values.help,
    list: values.list,
    quick: values.quick,
    only: values.only.split(',').filter((name) => name !== ''),
    rounds: Math.ceil(positive('rounds', values.rounds ?? length.rounds)),
    seconds: positive('seconds', values.seconds ?? length.seconds),
    samples: positive('samples', values.samples ?? length.samples),
    warmUpSeconds: length.warmUpSeconds,
    portkey: values.portkey,
    soakMinutes,
    main: values.main,
    profile: values.profile,
    output: values.output ?? (soakMinutes > 0 ? '.bench/soak.json' : '.bench/results.json'),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: found ${text}, expected a positive number`);
  return value;
}
