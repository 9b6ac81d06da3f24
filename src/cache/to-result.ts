import type { ChatChunk, ChatEvent } from '../contract/chat-event.js';
import type { ChatChoice, ChatResult, Finish } from '../contract/chat-result.js';
import type { AssistantPart, ReasoningPart, TextPart, ToolCallPart } from '../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.js';
import type { Usage } from '../contract/usage.js';

type Writable<Part> = { -readonly [Member in keyof Part]: Part[Member] };
type ChoiceEvent = Extract<ChatEvent, { readonly choice?: number }>;

/** Joins the events of a stream that is whole to an answer, without an original. */
export function toResult(chunks: readonly ChatChunk[]): ChatResult {
  let start: Extract<ChatEvent, { type: 'start' }> | undefined;
  let usage: Usage | undefined;
  const choices: ChoiceBuilder[] = [];
  for (const { events } of chunks) {
    for (const event of events) {
      if (event.type === 'start') start = event;
      else if (event.type === 'usage') usage = event.usage;
      else if (isChoiceEvent(event)) (choices[event.choice ?? 0] ??= new ChoiceBuilder()).read(event);
    }
  }
  return {
    id: start?.id ?? '',
    model: start?.model ?? '',
    created: start?.created,
    choices: choices.map((choice, index) => choice.build(index)).filter((choice) => choice !== undefined),
    usage,
  };
}

function isChoiceEvent(event: ChatEvent): event is ChoiceEvent {
  switch (event.type) {
    case 'start':
    case 'usage':
    case 'ping':
    case 'work':
    case 'vendor-error':
    case 'end':
    case 'malformed':
    case 'failure':
      return false;
    default:
      return true;
  }
}

/** Gathers the parts of one answer. */
class ChoiceBuilder {
  private readonly parts: AssistantPart[] = [];
  private readonly calls = new Map<number, Writable<ToolCallPart>>();
  /** The text or the thought that goes on with the next delta of its kind. */
  private text: Writable<TextPart> | undefined;
  private thought: Writable<ReasoningPart> | undefined;
  private finish: Finish | undefined;
  private logprobs: JsonObject | undefined;

  read(event: ChoiceEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.text ??= this.open({ type: 'text', text: '' });
        this.text.text += event.text;
        break;
      case 'annotations': {
        const { format, items } = event.annotations;
        this.text ??= this.open({ type: 'text', text: '' });
        this.text.annotations = { format, items: [...(this.text.annotations?.items ?? []), ...items] };
        break;
      }
      case 'reasoning-delta':
        this.thought ??= this.open({ type: 'reasoning', text: '' });
        this.thought.text += event.text;
        break;
      case 'reasoning-signature':
        this.sign(event);
        break;
      case 'redacted-reasoning':
        this.open({ type: 'redacted-reasoning', data: event.data });
        break;
      case 'refusal-delta': {
        const last = this.parts.at(-1);
        if (last?.type === 'refusal')
          this.parts[this.parts.length - 1] = { ...last, text: last.text + event.text };
        else this.open({ type: 'refusal', text: event.text });
        break;
      }
      case 'tool-call-start': {
        const { id, name, custom, signature } = event;
        const call = this.open<ToolCallPart>({
          type: 'tool-call',
          id,
          name,
          arguments: '',
          ...(custom === undefined ? undefined : { custom }),
          ...(signature === undefined ? undefined : { signature }),
        });
        this.calls.set(event.index, call);
        break;
      }
      case 'tool-call-delta': {
        const call = this.calls.get(event.index);
        if (call !== undefined) call.arguments += event.arguments;
        break;
      }
      case 'logprobs':
        this.logprobs = this.logprobs === undefined ? event.logprobs : join(this.logprobs, event.logprobs);
        break;
      case 'opaque':
        this.open({ type: 'opaque', format: event.format, value: event.value });
        break;
      case 'finish':
        this.finish ??= event.finish;
        break;
    }
  }

  /** `undefined` for an answer without a finish, which is none. */
  build(index: number): ChatChoice | undefined {
    const { parts: content, finish, logprobs } = this;
    if (finish === undefined) return undefined;
    return { index, content, finish, ...(logprobs === undefined ? undefined : { logprobs }) };
  }

  private sign({ signature, id, encrypted }: Extract<ChatEvent, { type: 'reasoning-signature' }>): void {
    const proof = {
      ...(signature === undefined ? undefined : { signature }),
      ...(id === undefined ? undefined : { id }),
      ...(encrypted === undefined ? undefined : { encrypted }),
    };
    // A proof may come without a text.
    if (this.thought === undefined && Object.keys(proof).length > 0)
      this.thought = this.open({ type: 'reasoning', text: '' });
    if (this.thought !== undefined) Object.assign(this.thought, proof);
    this.thought = undefined;
  }

  private open<Part extends AssistantPart>(part: Part): Writable<Part> {
    this.text = undefined;
    this.thought = undefined;
    this.parts.push(part);
    return part;
  }
}

/** Lists of the same name are joined; of anything else the later holds. */
function join(earlier: JsonObject, later: JsonObject): JsonObject {
  const joined: JsonObject = { ...earlier };
  for (const [name, value] of Object.entries(later)) joined[name] = joinValues(earlier[name], value);
  return joined;
}

function joinValues(earlier: JsonValue | undefined, later: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(earlier) && Array.isArray(later)) return [...earlier, ...later];
  if (isJsonObject(earlier) && isJsonObject(later)) return join(earlier, later);
  return later ?? earlier;
}
