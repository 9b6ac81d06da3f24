/** What the upstream does, named in the first segment of the path: `/stream-100-gap-3/v1/chat/completions`. */
export type Answer =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | {
      readonly kind: 'paced';
      readonly head: Buffer;
      readonly frames: readonly Buffer[];
      readonly gapMs: number;
      /** The rest follows the first frame when this many streams are open. */
      readonly hold: number;
    };

const BEHAVIOUR = /^(json|stream|anthropic)(?:-(\d+))?(?:-gap-(\d+))?(?:-hold-(\d+))?$/;
const WORDS = ' the of and a gateway to in model is that for stream with token'.split(' ').slice(1);

/** The text of the n-th delta of a stream. */
function deltaText(index: number): string {
  return ` ${WORDS[index % WORDS.length] ?? ''}`;
}

/** The whole text that a behaviour answers with. */
export function expectedText(behaviour: string): string {
  const { kind, count } = readBehaviour(behaviour);
  if (kind === 'json') return 'A static answer of about one kilobyte. '.repeat(18);
  return Array.from({ length: count }, (_, index) => deltaText(index)).join('');
}

/** Prepares the answer of a behaviour, once. */
export function prepareAnswer(behaviour: string): Answer {
  const { kind, count, gapMs, hold } = readBehaviour(behaviour);
  if (kind === 'json') {
    const body = jsonBody(expectedText(behaviour));
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n`;
    return { kind: 'whole', bytes: Buffer.concat([Buffer.from(head), body]) };
  }
  const head = Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const frames = kind === 'stream' ? openaiFrames(count) : anthropicFrames(count);
  const last = frames.length - 1;
  const chunked = frames.map((frame, index) => toChunk(frame, index === last));
  if (gapMs > 0 || hold > 0) return { kind: 'paced', head, frames: chunked, gapMs, hold };
  return { kind: 'whole', bytes: Buffer.concat([head, ...chunked]) };
}

interface Behaviour {
  readonly kind: 'json' | 'stream' | 'anthropic';
  readonly count: number;
  readonly gapMs: number;
  readonly hold: number;
}

function readBehaviour(name: string): Behaviour {
  const found = BEHAVIOUR.exec(name);
  if (found === null) throw new Error(`Unknown behaviour ${name}`);
  const [, kind, count = '1', gap = '0', hold = '0'] = found;
  return {
    kind: kind as Behaviour['kind'],
    count: Number(count),
    gapMs: Number(gap),
    hold: Number(hold),
  };
}

function toChunk(text: string, isLast: boolean): Buffer {
  const size = Buffer.byteLength(text).toString(16);
  return Buffer.from(`${size}\r\n${text}\r\n${isLast ? '0\r\n\r\n' : ''}`);
}

const COMPLETION = { id: 'chatcmpl-bench00000000000000000001', created: 1_767_225_600, model: 'bench' };

function jsonBody(text: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...COMPLETION,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: text, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 210, completion_tokens: 160, total_tokens: 370 },
      system_fingerprint: 'fp_bench',
    }),
  );
}

/** As OpenAI sends it: the role, the deltas, the finish reason, the usage. Role and first delta leave together. */
function openaiFrames(count: number): string[] {
  const frame = (fields: object): string =>
    `data: ${JSON.stringify({ ...COMPLETION, object: 'chat.completion.chunk', system_fingerprint: 'fp_bench', ...fields })}\n\n`;
  const choice = (delta: object, finish: string | null): object => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  const deltas = Array.from({ length: count }, (_, index) =>
    frame(choice({ content: deltaText(index) }, null)),
  );
  const usage = { prompt_tokens: 210, completion_tokens: count, total_tokens: 210 + count };
  return joinEnds(
    frame(choice({ role: 'assistant', content: '', refusal: null }, null)),
    deltas,
    `${frame(choice({}, 'stop'))}${frame({ choices: [], usage })}data: [DONE]\n\n`,
  );
}

function anthropicFrames(count: number): string[] {
  const frame = (data: { type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const message = {
    id: 'msg_bench000000000000000001',
    type: 'message',
    role: 'assistant',
    model: 'bench',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 210, output_tokens: 1 },
  };
  const start = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ];
  const end = [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: count },
    },
    { type: 'message_stop' },
  ];
  const deltas = Array.from({ length: count }, (_, index) =>
    frame({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: deltaText(index) },
    } as { type: string }),
  );
  return joinEnds(start.map(frame).join(''), deltas, end.map(frame).join(''));
}

/** Puts what comes before the first delta into its frame, and what comes after the last into its frame. */
function joinEnds(start: string, deltas: readonly string[], end: string): string[] {
  const last = deltas.length - 1;
  return deltas.map((delta, index) => `${index === 0 ? start : ''}${delta}${index === last ? end : ''}`);
}
