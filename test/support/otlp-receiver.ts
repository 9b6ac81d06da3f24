import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { children, number64, readMessage, text, type Fields } from './protobuf.js';

export type AttributeValue = string | number | boolean | readonly AttributeValue[] | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A span as a receiver of OpenTelemetry's protocol reads it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the root. */
  readonly parentSpanId: string;
  readonly state: string;
  readonly name: string;
  /** 2: server, 3: client. */
  readonly kind: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** 2: error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: Attributes;
}

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Paths of the requests, in their order. */
  readonly paths: readonly string[];
  /** The status that it answers with; 200 at first. */
  status: number;
  close(): Promise<void>;
}

/** A receiver of traces by OTLP over HTTP, in protobuf. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const paths: string[] = [];
  const receiver = { status: 200 };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      paths.push(request.url ?? '');
      if (receiver.status === 200) spans.push(...readSpans(body));
      response.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${String(port)}`,
    spans,
    paths,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto
function readSpans(body: Buffer): ReceivedSpan[] {
  return children(readMessage(body), 1).flatMap((resourceSpans) => {
    const [resource] = children(resourceSpans, 1);
    const shared = resource === undefined ? {} : readAttributes(resource, 1);
    return children(resourceSpans, 2).flatMap((scope) =>
      children(scope, 2).map((span) => readSpan(span, shared)),
    );
  });
}

function readSpan(span: Fields, resource: Attributes): ReceivedSpan {
  const [status] = children(span, 15);
  return {
    traceId: bytes(span, 1).toString('hex'),
    spanId: bytes(span, 2).toString('hex'),
    state: text(span, 3),
    parentSpanId: bytes(span, 4).toString('hex'),
    name: text(span, 5),
    kind: Number(span.get(6)?.[0] ?? 0),
    startedAt: number64(span, 7) / 1e6,
    endedAt: number64(span, 8) / 1e6,
    attributes: readAttributes(span, 9),
    status: {
      code: Number(status?.get(3)?.[0] ?? 0),
      message: status === undefined ? '' : text(status, 2),
    },
    resource,
  };
}

function readAttributes(message: Fields, field: number): Attributes {
  return Object.fromEntries(
    children(message, field).map((pair) => [text(pair, 1), readValue(children(pair, 2)[0])]),
  );
}

function readValue(value: Fields | undefined): AttributeValue {
  if (value === undefined) return undefined;
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return value.get(2)?.[0] === 1n;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  if (value.has(4)) return bytes(value, 4).readDoubleLE();
  const [list] = children(value, 5);
  return list === undefined ? undefined : children(list, 1).map(readValue);
}

function bytes(message: Fields, field: number): Buffer {
  const value = message.get(field)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
