import 'reflect-metadata';
import { createApplication } from './bootstrap.js';
import { ConfigFault } from './config/config-fault.js';
import { serve } from './serve.js';

try {
  await serve(await createApplication());
} catch (error) {
  process.stderr.write(`${error instanceof ConfigFault ? error.message : String(error)}\n`);
  process.exit(1);
}
