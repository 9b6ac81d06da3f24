import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { StartFault } from './common/start-fault.js';
import { checkEnvFile } from './config/check-env-file.js';
import { ConfigFault } from './config/config-fault.js';

// By itself V8 collects the whole heap as soon as it has grown by a tenth, where that grows slowly. Each time it stops the
// process for a tenth of a second where there is one core, and in an overload everybody waits behind it.
setFlagsFromString('--heap-growing-percent=200');

try {
  checkEnvFile();
  // Whatever is wrong, also while the modules are loaded: one message for the operator, and exit code 1.
  const { start } = await import('./start.js');
  await start();
} catch (error) {
  const isFault = error instanceof ConfigFault || error instanceof StartFault;
  const text = isFault ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  process.exit(1);
}
