/**
 * Fills a database with rows of the request log and measures what the admin API reads of them, through the code of the
 * build. For an empty database of its own: `node test/bench/fill-log.ts --database URL --rows 10000000`.
 */
import { parseArgs } from 'node:util';
import { loadBuiltCode, runSql } from './log/built-code.ts';
import { fill } from './log/fill.ts';
import { measureReads } from './log/measure-reads.ts';
import { measureRetention } from './log/measure-retention.ts';

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: '' },
    rows: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    'keep-rows': { type: 'boolean', default: false },
  },
});

const code = await loadBuiltCode(values.database);
try {
  const begun = Date.now();
  const tell = (line: string): void => {
    console.log(`${String(Math.round((Date.now() - begun) / 1000)).padStart(5)} s  ${line}`);
  };
  const [found] = await runSql(code.database, 'SELECT 1 AS one FROM request_log LIMIT 1');
  if (found === undefined) await fill(code, Number(values.rows), Number(values.days), tell);
  else tell('the log has rows already, and they are taken as they are');
  await measureReads(code);
  if (!values['keep-rows']) await measureRetention(code, Number(values.days));
} finally {
  await code.database.onApplicationShutdown();
}
