import { readEnvironment, readVariables } from './config/environment.js';
import { migrate } from './storage/migrate.js';
import { openKysely } from './storage/open-kysely.js';

/** `npm run migrate`: brings the schema of the database up to date and ends, for those who do that before a start. */
const { settings, faults } = readEnvironment(readVariables());
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
const db = openKysely(settings.databaseUrl, () => undefined);
try {
  const done = await migrate(db);
  process.stdout.write(done.length === 0 ? 'The schema is up to date\n' : `Done: ${done.join(', ')}\n`);
} catch (error) {
  process.stderr.write(
    `The schema could not be brought up to date: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
} finally {
  await db.destroy().catch(() => undefined);
}
