import { availableParallelism } from 'node:os';

const OPTION = '--single-threaded-gc';

/** Cores for each process up to which V8's helpers take the core that the process itself works on. */
const FEW_CORES = 2;

/**
 * What each of so many processes of this machine adds to Node's options. Where cores are few, garbage is collected in
 * the process's own thread, in small steps: helping threads would share its core just when all that is alive is marked,
 * and everybody who comes would wait. Whoever starts Node with this option, or with its opposite, has decided.
 */
export function optionsForFewCores(processes: number): readonly string[] {
  const isDecided = process.execArgv.some((option) => option.endsWith('single-threaded-gc'));
  return isDecided || availableParallelism() / processes > FEW_CORES ? [] : [OPTION];
}

/**
 * Replaces this process by one with these options too, as V8 takes them when it starts only. Its id and its standard
 * streams stay, and this function does not return then. A process that talks with its parent stays what it is: it would
 * lose the channel.
 */
export function restartWith(options: readonly string[]): void {
  if (options.length === 0 || process.connected) return;
  const { execPath, execArgv, argv, env } = process;
  process.execve?.(execPath, [execPath, ...execArgv, ...options, ...argv.slice(1)], env);
}
