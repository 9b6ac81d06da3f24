import { ExpressAdapter } from '@nestjs/platform-express';
import { createServer, IncomingMessage, ServerResponse, type RequestListener } from 'node:http';

/** What an Express application gives its requests and responses as prototypes. */
type ExpressApplication = RequestListener & { readonly request: object; readonly response: object };

/**
 * Express as it is, with requests and responses that are made with its prototypes. Express changes the prototypes of the
 * others when they come to it, which costs some two per cent of a request.
 */
export class ReadyAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const app = this.getInstance<ExpressApplication>();
    this.httpServer = createServer(
      {
        IncomingMessage: bornWith(IncomingMessage, app.request),
        ServerResponse: bornWith<typeof ServerResponse>(ServerResponse, app.response),
        // It is set for those who are served.
        noDelay: false,
      },
      app,
    );
  }
}

/** A class whose instances are made by another one, and have this prototype from the first. */
function bornWith<Class extends new (...parameters: never[]) => object>(
  base: Class,
  prototype: object,
): Class {
  function Born(...parameters: unknown[]): object {
    return Reflect.construct(base, parameters, Born) as object;
  }
  Born.prototype = prototype;
  return Born as unknown as Class;
}
