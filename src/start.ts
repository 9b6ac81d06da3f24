import cluster from 'node:cluster';
// Loads `.env`.
import './config/config.module.js';
import { readEnvironment, readVariables } from './config/environment.js';
import { loadSettings } from './config/load-settings.js';
import { readTextFile } from './config/read-text-file.js';

/** @throws ConfigFault, StartFault when the process cannot serve; their messages are for the operator */
export async function start(): Promise<void> {
  const variables = readVariables();
  // Before anything is made, so that a faulty configuration opens no file and no connection, and starts no worker.
  loadSettings(variables, readTextFile);
  const { settings } = readEnvironment(variables);
  if (settings.workers > 1 && cluster.isPrimary) {
    const { superviseWorkers } = await import('./workers/supervise-workers.js');
    await superviseWorkers(settings);
    return;
  }
  const { createApplication } = await import('./bootstrap.js');
  const { serve } = await import('./serve.js');
  await serve(await createApplication());
}
