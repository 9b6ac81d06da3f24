import { readFileSync } from 'node:fs';
import { StartFault } from './common/start-fault.js';

const USAGE = `Usage: node dist/main.js [--help | --version]

Serves config/gateway.yaml. Everything else is said in that file and in variables of the environment or of .env:
PORT, HOST, GATEWAY_CONFIG, GATEWAY_API_KEYS, GATEWAY_ADMIN_KEY, vendor keys such as OPENAI_API_KEY.
.env.example has them all. To see the gateway at work without any key: npm run demo
`;

/**
 * Answers `--help` and `--version`, and ends the process.
 * @throws StartFault for what means nothing: a start that ignores it would not be the one that was wanted
 */
export function answerArguments(given: readonly string[]): void {
  const [first] = given;
  if (first === undefined) return;
  if (given.length === 1 && (first === '--help' || first === '-h')) print(USAGE);
  if (given.length === 1 && (first === '--version' || first === '-v')) print(`${readVersion()}\n`);
  throw new StartFault(`Unknown arguments: ${given.join(' ')}\n\n${USAGE.trimEnd()}`);
}

function print(text: string): never {
  process.stdout.write(text);
  process.exit(0);
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version?: string }).version ?? 'unknown';
}
