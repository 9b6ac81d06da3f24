import { createApplication } from './bootstrap.js';
import { readVariables } from './config/environment.js';
import { loadSettings } from './config/load-settings.js';
import { readTextFile } from './config/read-text-file.js';
import { serve } from './serve.js';

/** @throws ConfigFault, StartFault when the process cannot serve; their messages are for the operator */
export async function start(): Promise<void> {
  // Before anything is made, so that a faulty configuration opens no file and no connection.
  loadSettings(readVariables(), readTextFile);
  await serve(await createApplication());
}
