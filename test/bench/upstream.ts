import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { prepareAnswer } from './answers.ts';
import type { Answer } from './answers.ts';
import { MessageReader } from './message-reader.ts';
import { serveUntilDisconnected } from './serve-child.ts';

/** The static vendor: answers every request with bytes that were prepared before. */

const answers = new Map<string, Answer>();
const waiting = new Map<string, (() => void)[]>();

function answerOf(head: string): [name: string, answer: Answer] {
  const start = head.indexOf('/') + 1;
  const name = head.slice(start, head.indexOf('/', start));
  let answer = answers.get(name);
  if (answer === undefined) {
    answer = prepareAnswer(name);
    answers.set(name, answer);
  }
  return [name, answer];
}

function pace(socket: Socket, frames: readonly Buffer[], gapMs: number): void {
  let index = 1;
  const next = (): void => {
    const frame = frames[index];
    if (frame === undefined || socket.destroyed) return;
    index += 1;
    socket.write(frame);
    setTimeout(next, gapMs);
  };
  setTimeout(next, gapMs);
}

function reply(socket: Socket, head: string): void {
  const [name, answer] = answerOf(head);
  if (answer.kind === 'whole') {
    socket.write(answer.bytes);
    return;
  }
  const { frames, gapMs, hold } = answer;
  socket.write(Buffer.concat([answer.head, ...frames.slice(0, 1)]));
  if (hold === 0) {
    pace(socket, frames, gapMs);
    return;
  }
  const held = waiting.get(name) ?? [];
  held.push(() => pace(socket, frames, gapMs));
  waiting.set(name, held);
  if (held.length < hold) return;
  waiting.delete(name);
  for (const release of held) release();
}

const server = createServer({ noDelay: true }, (socket) => {
  let head = '';
  const reader = new MessageReader({
    head: (text) => {
      head = text;
    },
    body: () => undefined,
    end: () => {
      reply(socket, head);
    },
  });
  socket.on('data', (data: Buffer) => {
    try {
      reader.push(data);
    } catch {
      socket.destroy();
    }
  });
  socket.on('error', () => socket.destroy());
});

serveUntilDisconnected(server);
