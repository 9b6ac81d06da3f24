import 'reflect-metadata';
import { StartFault } from './common/start-fault.js';
import { checkEnvFile } from './config/check-env-file.js';
import { ConfigFault } from './config/config-fault.js';

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
