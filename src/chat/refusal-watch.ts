import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerOf } from '../auth/caller-of.js';
import { Clock } from '../common/clock.js';
import { errorFormatOf } from '../common/error-format.js';
import { RecordSinks } from '../common/record-sinks.js';
import { contextOf, pathOf } from '../common/request-context.js';
import type { RequestWatch } from '../common/request-watch.js';
import { endReasonOf } from './end-reason.js';
import { nextRecordId } from './to-record.js';

const CALLER_LEFT = 499;

/** Records requests to metered paths that ended before an exchange began: without a key, too large, cut off. */
@Injectable()
export class RefusalWatch implements RequestWatch {
  constructor(
    private readonly sinks: RecordSinks,
    private readonly clock: Clock,
  ) {}

  end(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'POST' || contextOf(request).isExchange) return;
    const path = pathOf(request);
    if (path.startsWith('/v1/')) this.record(request, response, path);
  }

  private record(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { requestId, receivedAt, startedAt, failure, isSummarized, trace } = contextOf(request);
    const { keyId, keyName } = callerOf(request);
    const hasCallerLeft = failure?.code === 'caller_left' || !response.headersSent;
    const endReason = hasCallerLeft
      ? 'caller_left'
      : failure === undefined
        ? 'refused'
        : endReasonOf(failure, false);
    this.sinks.record({
      id: nextRecordId(),
      requestId,
      at: receivedAt,
      keyId: keyId ?? null,
      keyName: keyName ?? null,
      format: formatOf(path, request),
      stream: false,
      requestedModel: null,
      provider: null,
      model: null,
      status: hasCallerLeft ? CALLER_LEFT : response.statusCode,
      endReason,
      error: hasCallerLeft ? 'caller_left' : (failure?.code ?? null),
      attempts: [],
      usage: undefined,
      usageSource: 'none',
      costNano: null,
      priceVersion: null,
      cache: 'bypass',
      savedNano: null,
      finish: null,
      queueMs: 0,
      firstTokenMs: null,
      totalMs: this.clock.monotonic() - startedAt,
      overheadMs: null,
      isSummarized,
      ...(trace === undefined ? {} : { trace }),
    });
  }
}

/** What the caller most likely speaks, as nobody has read its body. */
function formatOf(path: string, { headers }: IncomingMessage): string {
  if (path.startsWith('/v1/responses')) return 'openai-responses';
  if (path.startsWith('/v1/embeddings')) return 'openai-embeddings';
  return errorFormatOf(path, headers).name;
}
