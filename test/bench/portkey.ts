import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PORTKEY = '1.15.2';
/** Newer versions of the server package of Portkey's gateway do not run it. */
const NODE_SERVER = '1.13.5';

/**
 * Installs Portkey's gateway from npm into a folder. Gives its start script, or `undefined` and says why when it
 * cannot be had.
 */
export function installPortkey(folder: string): string | undefined {
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': PORTKEY, '@hono/node-server': NODE_SERVER },
    overrides: { '@hono/node-server': NODE_SERVER },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const parameters = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'];
  const npm = process.env['npm_execpath'];
  const [command, ...rest] =
    npm === undefined ? ['npm', ...parameters] : [process.execPath, npm, ...parameters];
  const { status, stderr } = spawnSync(command, rest, { cwd: folder, encoding: 'utf8', timeout: 180_000 });
  if (status === 0) return join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  console.log(
    `Portkey is left out, npm could not install it: ${(stderr || 'no answer').trim().split('\n')[0] ?? ''}`,
  );
  return undefined;
}
