import { emptyAnswer, type ReadFinish, type Reading, type ReadUsage } from '../reading.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

/** `{"content","reasoning"?,"tool_calls"?,"model","provider","usage"}`; a whole answer has no finish reason. */
export function readSimpleBody(body: Uint8Array): Reading {
  return readParts([toMembers(JSON.parse(new TextDecoder().decode(body)))], true);
}

/** `{"content"}` for each delta, one closing event with everything else, then `[DONE]`. */
export function readSimpleStream(body: Uint8Array): Reading {
  const frames = readSse(body).map(({ data }) => data);
  const parts = frames.filter((data) => data !== '[DONE]').map((data) => toMembers(JSON.parse(data)));
  return readParts(parts, frames.at(-1) === '[DONE]');
}

function readParts(parts: readonly Members[], isEnded: boolean): Reading {
  const answer = emptyAnswer();
  let usage: ReadUsage | undefined;
  let error: string | undefined;
  for (const part of parts) {
    answer.text += toText(part['content']);
    answer.reasoning += toText(part['reasoning']);
    if (part['finish_reason'] != null) answer.finish = part['finish_reason'] as ReadFinish;
    for (const item of toList(part['tool_calls'])) {
      const call = toMembers(item);
      const called = toMembers(call['function'] ?? call['custom']);
      answer.toolCalls.push({
        id: toText(call['id']),
        name: toText(called['name']),
        arguments: toText(called['arguments'] ?? called['input']),
      });
    }
    const counts = toMembers(part['usage']);
    if (part['usage'] != null) {
      usage = present<ReadUsage>({
        input: toCount(counts['input_tokens']),
        output: toCount(counts['output_tokens']),
      });
    }
    if (part['error'] !== undefined) error = toText(part['error']);
  }
  return { answers: [answer], usage, error, isEnded };
}
