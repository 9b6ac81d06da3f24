import 'reflect-metadata';
import { StartFault } from './common/start-fault.js';
import { answerArguments } from './answer-arguments.js';
import { checkEnvFile } from './config/check-env-file.js';
import { ConfigFault } from './config/config-fault.js';

try {
  answerArguments(process.argv.slice(2));
  checkEnvFile();
  // Whatever is wrong, also while the modules are loaded: one message for the operator, and exit code 1.
  const { start } = await import('./start.js');
  await start();
} catch (error) {
  const isFault = error instanceof ConfigFault || error instanceof StartFault;
  const text = isFault ? error.message : error instanceof Error ? error.stack : String(error);
  // Behind what was logged, which leaves when the process ends: the fault is the last thing that one sees.
  process.once('exit', () => process.stderr.write(`${text ?? ''}\n`));
  process.exit(1);
}
