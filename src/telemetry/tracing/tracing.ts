import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { IncomingMessage } from 'node:http';
import { contextOf } from '../../common/request-context.js';
import { beginTrace } from '../../common/trace-context.js';
import { environment } from '../../config/environment.js';
import { SettingsHolder } from '../../config/settings-holder.js';

/** Whether requests are traced, and the beginning of each trace. */
@Injectable()
export class Tracing {
  /** Base URL of an OTLP receiver; absent: no tracing. */
  readonly endpoint: string | undefined;

  constructor(
    @Inject(environment.KEY) { otlpEndpoint }: ConfigType<typeof environment>,
    private readonly settings: SettingsHolder,
  ) {
    this.endpoint = otlpEndpoint;
  }

  get isOn(): boolean {
    return this.endpoint !== undefined;
  }

  /** Gives a request its place in a trace. */
  begin(request: IncomingMessage): void {
    const { traceVendors } = this.settings.current.telemetry;
    contextOf(request).trace = beginTrace(request.headers, traceVendors);
  }
}
