import { StartFault } from '../common/start-fault.js';

/** What is wrong with the address, for the operator; whatever else went wrong is passed on as it is. */
export function toListenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StartFault(
      `Port ${String(port)} on ${host} is taken by another process; set PORT to a free one`,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new StartFault(`Cannot listen on ${host} port ${String(port)} (${code}); set HOST and PORT`);
  }
  return error;
}
