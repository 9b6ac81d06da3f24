// What npm scripts need before their first use of Node 26. npm runs this on its own Node, whatever that is, so it is
// plain JavaScript that old ones read too, and uses no packages:
//
//   prepare.cjs          makes `node` in npm scripts one that can start
//   prepare.cjs build    and compiles what changed
//   prepare.cjs tools    and installs what tests and checks need (test/package.json), unless it is there
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const OLDEST_MAJOR = 24;

/**
 * The package `node` brings Node 26, which npm scripts and every program of node_modules/.bin find as `node`. Where it
 * cannot start, the name leads to the machine's own Node for as long, if that is recent enough.
 * @returns {{ node: string, notice?: string }} what to run, and what the user should know
 * @throws {Error} for the user, when there is no Node that will do
 */
function chooseNode(root, own) {
  const bundled = path.join(root, 'node_modules', 'node', 'bin', 'node');
  const link = path.join(root, 'node_modules', '.bin', 'node');
  if (!fs.existsSync(path.join(root, 'node_modules', '.bin')))
    throw new Error('Nothing is installed here: run npm install first.');
  const fault = findFault(bundled);
  if (fault === undefined) {
    pointTo(link, path.join('..', 'node', 'bin', 'node'));
    return { node: bundled };
  }
  if (Number(own.version.replace(/^v/, '').split('.')[0]) < OLDEST_MAJOR)
    throw new Error(
      `${fault} This machine's own Node ${own.version} is too old to take its place: ${OLDEST_MAJOR} or newer would do.`,
    );
  pointTo(link, own.path);
  return { node: own.path, notice: `${fault} Going on with this machine's own Node ${own.version}.` };
}

/** Why the program cannot start, in one line; `undefined`: it can. */
function findFault(program) {
  if (!fs.existsSync(program))
    return 'The npm package `node`, which brings Node 26, was installed without its program.';
  const { status, error, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  if (String(stderr).includes('libatomic'))
    return 'Node 26 needs the library libatomic.so.1, which is not installed: apt-get install libatomic1 (Debian, Ubuntu), dnf install libatomic (Fedora, RHEL) or apk add libatomic (Alpine).';
  const reason = (error && error.message) || String(stderr).trim().split('\n')[0] || `exit code ${status}`;
  return `The Node 26 of the npm package \`node\` cannot start here: ${reason}.`;
}

function pointTo(link, target) {
  try {
    if (fs.readlinkSync(link) === target) return;
  } catch (error) {
    // Not there, or no link: it is made below.
  }
  // Renamed into place: another script may start `node` just now.
  const fresh = `${link}-${process.pid}`;
  fs.symlinkSync(target, fresh);
  fs.renameSync(fresh, link);
}

/** @returns {string[]} the packages of test/package.json that are not installed as the lock file has them */
function findMissingTools(root) {
  const read = (...parts) => JSON.parse(fs.readFileSync(path.join(root, ...parts), 'utf8'));
  const locked = read('package-lock.json').packages;
  return Object.keys(read('test', 'package.json').dependencies).filter((name) => {
    const folder = [`test/node_modules/${name}`, `node_modules/${name}`].find((place) => place in locked);
    if (folder === undefined) return true;
    try {
      return read(folder, 'package.json').version !== locked[folder].version;
    } catch (error) {
      return true;
    }
  });
}

function installTools(root) {
  const missing = findMissingTools(root);
  if (missing.length === 0) return 0;
  process.stderr.write('Installing what tests and checks need, this once ...\n');
  // By the path of npm's own file, as `npm` would look for a `node` on the PATH. pnpm and yarn set the variable as well.
  const npm = /npm-cli\.js$/.test(process.env.npm_execpath || '') && process.env.npm_execpath;
  const options = [
    'install',
    '--workspaces',
    '--include-workspace-root',
    '--no-save',
    '--no-audit',
    '--no-fund',
  ];
  return run(root, ...(npm ? [process.execPath, [npm, ...options]] : ['npm', options]));
}

function run(root, program, options) {
  const { status, error } = spawnSync(program, options, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  return status === null ? 1 : status;
}

function main(root, task) {
  const { node, notice } = chooseNode(root, { path: process.execPath, version: process.version });
  if (notice !== undefined) process.stderr.write(`${notice}\n`);
  if (task === 'tools') return installTools(root);
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return task === 'build' ? run(root, node, [compiler, '-p', 'tsconfig.build.json']) : 0;
}

try {
  process.exitCode = main(path.dirname(__dirname), process.argv[2]);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
