import { onTestFinished } from 'vitest';
import { Redactor } from '../../src/common/redactor.js';
import { readEnvironment } from '../../src/config/environment.js';
import { Database } from '../../src/storage/database.js';
import { ManualClock } from './manual-clock.js';

/** A database with its schema. Whoever starts it shuts it down. */
export async function startDatabase(url: string, clock = new ManualClock()): Promise<Database> {
  const { settings } = readEnvironment({ DATABASE_URL: url });
  const database = new Database(settings, clock, new Redactor());
  await database.onModuleInit();
  return database;
}

/** The same, closed when the test ends. */
export async function openDatabase(url: string, clock?: ManualClock): Promise<Database> {
  const database = await startDatabase(url, clock);
  onTestFinished(() => database.onApplicationShutdown());
  return database;
}
