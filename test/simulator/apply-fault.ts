import { errorOptions } from './answer-context.ts';
import type { AnswerContext } from './answer-context.ts';
import type { Fault } from './fault.ts';
import type { StreamFrames } from './format.ts';
import type { Question } from './question.ts';
import { toBodyReply, toFrame, toJsonReply, toReply } from './reply.ts';
import type { Frame, Reply } from './reply.ts';
import { toStatusReply } from './status-reply.ts';
import { toVendorError } from './vendor-error.ts';

const HTML_PAGE =
  '<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Sign in</h1></body></html>';
const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** Everything that a fault does to an answer, as the bytes and the ending that go over the wire. */
export function applyFault(context: AnswerContext, fault: Fault): Reply {
  const reply = withoutPace(context, fault);
  return {
    ...reply,
    headers: { ...reply.headers, ...fault.headers },
    delayMs: fault.kind === 'drip' ? fault.ms : (fault.chunkDelayMs ?? reply.delayMs),
    burst: fault.burst ?? reply.burst,
    split: fault.split ?? reply.split,
  };
}

function withoutPace(context: AnswerContext, fault: Fault): Reply {
  const { question, answer, format } = context;
  switch (fault.kind) {
    case 'status':
      return toStatusReply(context, fault);
    case 'context-length':
    case 'content-policy':
    case 'insufficient-quota':
    case 'model-not-found':
      return toVendorError(context.style, fault.kind, errorOptions(context));
    case 'silent':
      return toReply({ sendHeaders: false, ending: 'hang' });
    case 'silent-headers':
      return toReply({ headers: headersOf(question), ending: 'hang' });
    case 'refuse':
      return toReply({ sendHeaders: false, ending: 'reset' });
    case 'html':
      return toBodyReply(200, HTML_PAGE, 'text/html; charset=utf-8');
    case 'bad-json': {
      const whole = JSON.stringify(format.encodeBody(answer, question));
      return toBodyReply(200, whole.slice(0, Math.floor(whole.length / 2)), 'application/json');
    }
    case 'redirect':
      return toReply({
        status: fault.status ?? 302,
        headers: { location: fault.location ?? '/_elsewhere', 'content-length': '0' },
      });
    case 'replay':
      return toBodyReply(
        fault.status ?? 200,
        fault.body,
        fault.contentType ?? (question.stream ? 'text/event-stream' : 'application/json'),
      );
    case 'late':
      return { ...toWhole(context), headersDelayMs: fault.ms };
    case 'slow':
      return question.stream
        ? { ...toWhole(context), firstDelayMs: fault.ms }
        : { ...toWhole(context), headersDelayMs: fault.ms };
    case 'gzip':
      return { ...toWhole(context), gzip: true };
    case 'reset':
      if (fault.after === undefined) return toReply({ sendHeaders: false, ending: 'reset' });
      return toBroken(context, fault.after, 'reset');
    case 'stall':
      return toBroken(context, fault.after, 'hang');
    case 'cut':
      return toBroken(context, fault.after, question.stream ? 'end' : 'close', fault.withFinish);
    case 'ok':
    case 'drip':
    case 'huge-line':
      return toWhole(context);
    case 'empty-choices':
      return question.stream
        ? toStream([...framesOf(context).preamble, ...framesOf(context).end].map((text) => toFrame(text)))
        : toJsonReply(200, format.encodeEmptyBody(answer, question));
    case 'empty-stream':
      return question.stream ? toStream([]) : toBodyReply(200, '', 'application/json');
    case 'role-only':
      return question.stream
        ? toStream(framesOf(context).preamble.map((text) => toFrame(text)))
        : toJsonReply(200, format.encodeEmptyBody(answer, question));
    case 'no-end':
      return question.stream ? toStream(allFrames({ ...framesOf(context), end: [] })) : toWhole(context);
    case 'malformed':
      return toMalformed(context, fault.at, fault.count ?? 1);
    case 'error':
      return toErrorEvent(context, fault.after, fault.bare ?? false, fault.type);
  }
}

function toWhole(context: AnswerContext): Reply {
  if (context.question.stream) return toStream(allFrames(framesOf(context)));
  return toJsonReply(200, context.format.encodeBody(context.answer, context.question));
}

/** The first `after` chunks and then the ending; of a body that is not a stream, the first half. */
function toBroken(
  context: AnswerContext,
  after: number,
  ending: Reply['ending'],
  withFinish: boolean | undefined = false,
): Reply {
  if (!context.question.stream) {
    const whole = toWhole(context);
    const data = whole.frames[0]?.data ?? new Uint8Array();
    return { ...whole, frames: [toFrame(data.subarray(0, Math.floor(data.length / 2)))], ending };
  }
  const frames = framesOf(context);
  const kept = allFrames({
    ...frames,
    content: frames.content.slice(0, after),
    finish: withFinish ? frames.finish : [],
    usage: [],
    end: [],
  });
  return { ...toStream(kept), ending };
}

function toMalformed(context: AnswerContext, at: number, count: number): Reply {
  if (!context.question.stream) return withoutPace(context, { kind: 'bad-json' });
  const frames = framesOf(context);
  const broken = breakEvent(frames.content[at] ?? frames.finish[0] ?? '');
  return toStream([
    ...frames.preamble.map((text) => toFrame(text)),
    ...frames.content.slice(0, at).map((text) => toFrame(text, true)),
    ...Array.from({ length: count }, () => toFrame(broken)),
    ...frames.content.slice(at).map((text) => toFrame(text, true)),
    ...[...frames.finish, ...frames.usage, ...frames.end].map((text) => toFrame(text)),
  ]);
}

/** The last event of a frame with its JSON broken off in the middle; still a whole SSE frame. */
function breakEvent(frame: string): string {
  const event =
    frame
      .trimEnd()
      .split(/\r?\n\r?\n/)
      .at(-1) ?? '';
  const start = event.indexOf('data: ') + 'data: '.length;
  return `${event.slice(0, start + Math.floor((event.length - start) / 2))}\n\n`;
}

/** Asked for no stream, the vendor sends its error body with status 200, as some do. */
function toErrorEvent(context: AnswerContext, after: number, bare: boolean, type: string | undefined): Reply {
  if (!context.question.stream) {
    return { ...toVendorError(context.style, 500, errorOptions(context)), status: 200 };
  }
  const frames = framesOf(context);
  const errors = context.format.encodeStreamError(context.answer, type).map((text) => toFrame(text));
  if (bare) return toStream(errors);
  return toStream([
    ...frames.preamble.map((text) => toFrame(text)),
    ...frames.content.slice(0, after).map((text) => toFrame(text, true)),
    ...errors,
  ]);
}

function framesOf(context: AnswerContext): StreamFrames {
  return context.format.encodeStream(context.answer, context.question);
}

function allFrames(frames: StreamFrames): readonly Frame[] {
  return [
    ...frames.preamble.map((text) => toFrame(text)),
    ...frames.content.map((text) => toFrame(text, true)),
    ...[...frames.finish, ...frames.usage, ...frames.end].map((text) => toFrame(text)),
  ];
}

function toStream(frames: readonly Frame[]): Reply {
  return toReply({ headers: SSE_HEADERS, frames });
}

function headersOf(question: Question): Readonly<Record<string, string>> {
  return question.stream ? SSE_HEADERS : { 'content-type': 'application/json' };
}
