import type { ChatChunk } from '../../src/contract/chat-event.js';
import { GatewayError } from '../../src/contract/gateway-error.js';
import type { AnswerContext, InboundFormat } from '../../src/contract/wire-format.js';
import { decodeSse } from '../../src/formats/sse/decode-sse.js';
import { isStream, type ChatApi } from './apis.js';
import type { Recording } from './recording.js';

/** What a caller of a format that has no endpoint yet would get: the formats alone, without HTTP and routing. */
export async function answerDirectly(
  inbound: InboundFormat,
  api: ChatApi,
  recording: Recording,
): Promise<Response> {
  const context: AnswerContext = {
    requestId: 'request-1',
    provider: 'recorded',
    model: 'recorded-model',
    request: {
      original: { format: inbound.name, text: '{}', json: {} },
      model: undefined,
      stream: isStream(recording),
      includeUsage: true,
      messages: [],
      sampling: {},
    },
    receivedAt: 0,
    priceOf: () => null,
  };
  if (recording.meta.status !== 200) {
    const error = api.outbound.decodeError({
      status: recording.meta.status,
      headers: recording.meta.response_headers,
      body: new TextDecoder().decode(recording.body),
      now: 0,
    });
    const failure = new GatewayError('upstream_error', error.message);
    return new Response(inbound.encodeError(failure, context.requestId), { status: failure.status });
  }
  if (!isStream(recording)) {
    const result = api.outbound.decodeResponse(new TextDecoder().decode(recording.body));
    return new Response(inbound.encodeResponse(result, context));
  }
  const chunks = withFailures(api.outbound.decodeStream(decodeSse(arrive(recording.body))));
  let text = '';
  for await (const piece of inbound.encodeStream(chunks, api.outbound.name, context)) text += piece;
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

/** Routing turns a vendor's error inside a stream into a failure of ours. */
async function* withFailures(
  batches: AsyncIterable<readonly ChatChunk[]>,
): AsyncGenerator<readonly ChatChunk[]> {
  for await (const batch of batches) {
    const error = batch.flatMap(({ events }) => events).find((event) => event.type === 'vendor-error')?.error;
    yield batch.filter(({ events }) => !events.some((event) => event.type === 'vendor-error'));
    if (error === undefined) continue;
    yield [{ events: [{ type: 'failure', error: new GatewayError('upstream_error', error.message) }] }];
    return;
  }
}

async function* arrive(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
