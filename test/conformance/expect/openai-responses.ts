import { emptyAnswer, type ReadAnswer, type ReadFinish, type Reading, type ReadUsage } from '../reading.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

/** A response object: https://platform.openai.com/docs/api-reference/responses/object */
export function readResponsesBody(body: Uint8Array): Reading {
  const json = toMembers(JSON.parse(new TextDecoder().decode(body)));
  if (json['error'] != null) return readFailure(json['error'], []);
  return readResponse(json, toList(json['output']));
}

/**
 * https://platform.openai.com/docs/api-reference/responses-streaming: what holds is the items as they are when they are
 * done. Pieces that do not add up to what is done later are a fault of whoever wrote the stream.
 */
export function readResponsesStream(body: Uint8Array): Reading {
  const items: unknown[] = [];
  const pieces = new Map<string, string>();
  let number = -1;
  for (const { event, data } of readSse(body)) {
    const json = toMembers(JSON.parse(data));
    const type = toText(json['type']);
    demand(event === undefined || event === type, `${type} is called ${String(event)}`);
    demand(toCount(json['sequence_number'])! > number, `${type} does not count up`);
    number = toCount(json['sequence_number'])!;
    const place = [type.replace(/\.(?:delta|done)$/, ''), json['output_index'], json['content_index']];
    const key = [...place, json['summary_index']].join('/');
    switch (type) {
      case 'response.output_item.done':
        items[toCount(json['output_index']) ?? 0] = json['item'];
        break;
      case 'response.completed':
      case 'response.incomplete': {
        const response = toMembers(json['response']);
        demand(toList(response['output']).length === items.length, 'an item is not done');
        return readResponse(response, items);
      }
      case 'error':
      case 'response.failed':
        return readFailure(json['error'] ?? toMembers(json['response'])['error'] ?? json, items);
      default:
        if (typeof json['delta'] === 'string') pieces.set(key, (pieces.get(key) ?? '') + json['delta']);
        if (type.endsWith('.done') && pieces.has(key)) {
          const whole = json['text'] ?? json['arguments'] ?? json['input'] ?? json['refusal'];
          demand(pieces.get(key) === whole, `the pieces of ${type} do not add up`);
        }
    }
  }
  return { answers: toAnswers(items), usage: undefined, error: undefined, isEnded: false };
}

function demand(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(`Not a stream of Responses: ${fault}`);
}

function readResponse(response: Members, items: readonly unknown[]): Reading {
  const answer = toAnswer(items);
  answer.finish = readFinish(response, answer);
  return { answers: [answer], usage: readUsage(response['usage']), error: undefined, isEnded: true };
}

function readFailure(error: unknown, items: readonly unknown[]): Reading {
  return {
    answers: toAnswers(items),
    usage: undefined,
    error: typeof error === 'string' ? error : toText(toMembers(error)['message']),
    isEnded: false,
  };
}

function toAnswers(items: readonly unknown[]): readonly ReadAnswer[] {
  return items.length === 0 ? [] : [toAnswer(items)];
}

function toAnswer(items: readonly unknown[]): ReadAnswer {
  const answer = emptyAnswer();
  for (const value of items) {
    const item = toMembers(value);
    switch (item['type']) {
      case 'message':
        for (const part of toList(item['content']).map(toMembers)) {
          answer.text += toText(part['text']);
          answer.refusal += toText(part['refusal']);
        }
        break;
      case 'reasoning':
        answer.reasoning += textsOf(item['content'], '') || textsOf(item['summary'], '\n\n');
        break;
      case 'function_call':
      case 'custom_tool_call':
        answer.toolCalls.push({
          id: toText(item['call_id']),
          name: toText(item['name']),
          arguments: toText(item['arguments'] ?? item['input']),
        });
        break;
      default:
        break;
    }
  }
  return answer;
}

function textsOf(parts: unknown, between: string): string {
  return toList(parts)
    .map((part) => toText(toMembers(part)['text']))
    .join(between);
}

function readFinish(response: Members, answer: ReadAnswer): ReadFinish {
  if (response['status'] === 'incomplete') {
    const { reason } = toMembers(response['incomplete_details']);
    return reason === 'content_filter' ? 'content_filter' : 'length';
  }
  return answer.toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

/** xAI counts reasoning in the total only. */
function readUsage(value: unknown): ReadUsage | undefined {
  if (value == null) return undefined;
  const usage = toMembers(value);
  const details = toMembers(usage['input_tokens_details']);
  const input = toCount(usage['input_tokens']);
  const output = toCount(usage['output_tokens']) ?? 0;
  const total = toCount(usage['total_tokens']) ?? 0;
  return present<ReadUsage>({
    input,
    output: Math.max(output, total - (input ?? 0)),
    cacheRead: toCount(details['cached_tokens']),
    cacheWrite: toCount(details['cache_write_tokens']),
    reasoning: toCount(toMembers(usage['output_tokens_details'])['reasoning_tokens']),
  });
}
