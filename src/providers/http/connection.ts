import { Client, type buildConnector, type Dispatcher } from 'undici';
import { Wire } from './wire.js';

/** Who reads an answer and wants to know what it comes over. */
export interface WireUser {
  onWire(wire: Wire): void;
}

export type ConnectionOptions = Client.Options & { readonly connect: buildConnector.connector };

/** A connection of a pool that keeps account of its socket. */
export class Connection extends Client {
  private readonly wire: Wire;

  constructor(origin: string | URL, options: ConnectionOptions) {
    const wire = new Wire();
    const connect: buildConnector.connector = (target, callback) => {
      options.connect(target, (...[error, socket]) => {
        if (error === null) {
          wire.attach(socket);
          callback(null, socket);
        } else {
          callback(error, null);
        }
      });
    };
    super(origin, { ...options, connect });
    this.wire = wire;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('onWire' in handler) (handler as WireUser).onWire(this.wire);
    return super.dispatch(options, handler);
  }
}
