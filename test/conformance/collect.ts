import { isContentEvent, type ChatEvent } from '../../src/contract/chat-event.js';
import type { ChatResult } from '../../src/contract/chat-result.js';
import type { Usage } from '../../src/contract/usage.js';
import { present } from './expect/json.js';
import { emptyAnswer, type ReadAnswer, type Reading, type ReadUsage } from './reading.js';

/** The canonical whole answer in the words of a reading. */
export function toReading(result: ChatResult): Reading {
  const answers: ReadAnswer[] = [];
  for (const choice of result.choices) {
    const answer = emptyAnswer();
    for (const part of choice.content) {
      if (part.type === 'text') answer.text += part.text;
      if (part.type === 'reasoning') answer.reasoning += part.text;
      if (part.type === 'refusal') answer.refusal += part.text;
      if (part.type === 'tool-call') {
        answer.toolCalls.push({ id: part.id, name: part.name, arguments: part.arguments });
      }
    }
    answer.finish = choice.finish.reason;
    answers[choice.index] = answer;
  }
  return { answers, usage: toReadUsage(result.usage), error: undefined, isEnded: true };
}

/** The canonical events of a whole stream in the words of a reading. */
export function collectEvents(events: readonly ChatEvent[]): Reading {
  const answers: ReadAnswer[] = [];
  let usage: ReadUsage | undefined;
  let error: string | undefined;
  let isEnded = false;
  for (const event of events) {
    if (event.type === 'usage') usage = toReadUsage(event.usage);
    if (event.type === 'vendor-error') error = event.error.message;
    if (event.type === 'end') isEnded = true;
    if (event.type === 'malformed') throw new Error('A frame of a recording was read as malformed');
    if (!isContentEvent(event) && event.type !== 'finish') continue;
    const answer = (answers['choice' in event ? (event.choice ?? 0) : 0] ??= emptyAnswer());
    if (event.type === 'text-delta') answer.text += event.text;
    if (event.type === 'reasoning-delta') answer.reasoning += event.text;
    if (event.type === 'refusal-delta') answer.refusal += event.text;
    if (event.type === 'tool-call-start') {
      answer.toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' };
    }
    if (event.type === 'tool-call-delta') answer.toolCalls[event.index]!.arguments += event.arguments;
    if (event.type === 'finish') answer.finish = event.finish.reason;
  }
  return { answers, usage, error, isEnded };
}

function toReadUsage(usage: Usage | undefined): ReadUsage | undefined {
  return (
    usage &&
    present<ReadUsage>({
      input: usage.inputTokens,
      output: usage.outputTokens,
      cacheRead: usage.cacheReadTokens,
      cacheWrite: usage.cacheWriteTokens,
      reasoning: usage.reasoningTokens,
    })
  );
}
