import type { IncomingMessage, ServerResponse } from 'node:http';
import { toFault } from './fault.ts';
import type { Fault } from './fault.ts';
import { isObject, tryParse } from './json.ts';
import type { BehaviourFilter } from './behaviours.ts';
import type { LoggedRequest, RequestCounters } from './request-log.ts';

/** What the endpoint may do to a simulator. */
export interface Controlled {
  readonly name: string;
  readonly requests: readonly LoggedRequest[];
  readonly counters: Readonly<RequestCounters>;
  behave(fault: Fault, filter: BehaviourFilter): void;
  script(faults: readonly Fault[]): void;
  refuse(ms: number): void;
  clear(): Promise<void>;
}

/** A refused connection cannot be healed through the same port, so that over HTTP it always ends by itself. */
const REFUSE_MS = 10_000;

/**
 * `POST /_control` sets a fault (`{"fault": "status-500", "times"?, "model"?, "key"?}`) or a script
 * (`{"script": [...]}`), `DELETE /_control` resets everything, `GET /_control/log` and `/_control/counters` read.
 */
export async function handleControl(
  simulator: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const body: Buffer[] = [];
  for await (const part of request) body.push(part as Buffer);
  const respond = (status: number, answer: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(answer)}\n`);
  };
  switch (`${request.method ?? ''} ${path}`) {
    case 'POST /_control':
      try {
        respond(200, applyControl(simulator, tryParse(Buffer.concat(body).toString('utf8'))));
      } catch (error) {
        respond(400, { error: error instanceof Error ? error.message : String(error) });
      }
      return;
    case 'DELETE /_control':
      await simulator.clear();
      respond(200, { name: simulator.name, fault: 'ok' });
      return;
    case 'GET /_control/log':
      respond(200, simulator.requests);
      return;
    case 'GET /_control/counters':
      respond(200, simulator.counters);
      return;
    default:
      respond(404, {
        error: 'Known: POST /_control, DELETE /_control, GET /_control/log, GET /_control/counters',
      });
  }
}

function applyControl(simulator: Controlled, order: unknown): unknown {
  if (!isObject(order)) throw new Error('The body must be a JSON object with "fault" or "script"');
  if (Array.isArray(order['script'])) {
    const faults = order['script'].map((fault: unknown) => toFault(fault));
    simulator.script(faults);
    return { name: simulator.name, script: faults.map((fault) => fault.kind) };
  }
  const fault: Fault = toFault(order['fault']);
  if (fault.kind === 'refuse') {
    const ms = fault.ms ?? REFUSE_MS;
    // After the answer to this request is out.
    setTimeout(() => {
      simulator.refuse(ms);
    }, 50);
    return { name: simulator.name, fault: fault.kind, ms };
  }
  const { times, model, key } = order;
  simulator.behave(fault, {
    ...(typeof times === 'number' ? { times } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof key === 'string' ? { key } : {}),
  });
  return { name: simulator.name, fault: fault.kind, times: times ?? 'until reset' };
}
