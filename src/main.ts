import 'reflect-metadata';
import { createApplication } from './bootstrap.js';
import { StartFault } from './common/start-fault.js';
import { ConfigFault } from './config/config-fault.js';
import { readVariables } from './config/environment.js';
import { loadSettings } from './config/load-settings.js';
import { readTextFile } from './config/read-text-file.js';
import { serve } from './serve.js';

try {
  // Nest would print a fault of the configuration with a stack around it; this way it is the fault list alone.
  loadSettings(readVariables(), readTextFile);
  await serve(await createApplication());
} catch (error) {
  const isFault = error instanceof ConfigFault || error instanceof StartFault;
  const text = isFault ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  process.exit(1);
}
