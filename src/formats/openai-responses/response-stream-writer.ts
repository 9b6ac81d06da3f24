import type { ChatEvent } from '../../contract/chat-event.js';
import type { Finish } from '../../contract/chat-result.js';
import { ERROR_CATALOGUE, type GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { readArray } from '../json/read-json.js';
import { mintToolCallId } from '../openai-chat/to-completion-id.js';
import { EventSink } from './event-sink.js';
import { encodeIncomplete } from './map-finish.js';
import { toEncryptedContent, toRedactedContent } from './map-reasoning.js';
import { OpenCall, OpenMessage, OpenReasoning, type ItemPlace, type ItemStatus } from './open-items.js';
import { buildResponse, echoRequest, type ResponseHead } from './response-object.js';
import { toItemId, toResponseId } from './to-response-id.js';

type CallStartEvent = Extract<ChatEvent, { type: 'tool-call-start' }>;

/**
 * Turns the events of one stream into this format's: created, in progress, items that open with their first content
 * and are all closed, completed or incomplete. Calls may grow side by side. Text is gathered until it is taken.
 */
export class ResponseStreamWriter {
  private readonly sink = new EventSink();
  private readonly echo: JsonObject;
  private head: ResponseHead | undefined;
  /** Items by `output_index`, when they are closed. */
  private readonly output: JsonObject[] = [];
  private items = 0;
  private message: { readonly item: OpenMessage; readonly index: number } | undefined;
  private reasoning: { readonly item: OpenReasoning; readonly index: number } | undefined;
  private readonly calls = new Map<number, { readonly item: OpenCall; readonly index: number }>();
  private finish: Finish | undefined;
  private usage: Usage | undefined;

  constructor(private readonly context: AnswerContext) {
    this.echo = echoRequest(context);
  }

  get isFinished(): boolean {
    return this.finish !== undefined;
  }

  take(): string {
    return this.sink.take();
  }

  write(event: ChatEvent): void {
    // The format holds one answer; of several the first is told.
    if ('choice' in event && (event.choice ?? 0) !== 0) return;
    switch (event.type) {
      case 'start':
        this.start(event.id, event.model, event.created);
        break;
      case 'text-delta':
        if (event.text !== '') this.openMessage().say('text', event.text);
        break;
      case 'refusal-delta':
        if (event.text !== '') this.openMessage().say('refusal', event.text);
        break;
      case 'reasoning-delta':
        if (event.text !== '') this.openReasoning().say(event.text);
        break;
      case 'reasoning-signature': {
        const encrypted = toEncryptedContent(event);
        // A vendor may prove thinking whose text it keeps to itself.
        if (encrypted !== undefined) this.openReasoning();
        this.closeReasoning(encrypted);
        break;
      }
      case 'redacted-reasoning':
        this.closeReasoning(undefined);
        this.openReasoning();
        this.closeReasoning(toRedactedContent(event.data));
        break;
      case 'tool-call-start':
        this.openCall(event);
        break;
      case 'tool-call-delta':
        if (event.arguments !== '') this.calls.get(event.index)?.item.say(event.arguments);
        break;
      case 'logprobs':
        this.message?.item.addLogprobs(readArray(event.logprobs['content']));
        break;
      case 'finish':
        this.finish ??= event.finish;
        break;
      case 'usage':
        this.usage = event.usage;
        break;
      case 'ping':
        this.sink.ping();
        break;
      // The format has no place for them, or they are not for the caller, or they end the stream.
      case 'annotations':
      case 'opaque':
      case 'work':
      case 'malformed':
      case 'vendor-error':
      case 'failure':
      case 'end':
        break;
    }
  }

  /** Closes what is open and writes the end. Only for a stream that is finished. */
  complete(): void {
    const head = this.start('', '', undefined);
    const finish = this.finish ?? { reason: 'stop', raw: '' };
    const isCut = encodeIncomplete(finish) !== undefined;
    this.closeAll(isCut ? 'incomplete' : 'completed');
    const { output, usage } = this;
    const response = buildResponse(head, this.echo, { output, finish, usage });
    this.sink.emit(isCut ? 'response.incomplete' : 'response.completed', { response });
  }

  /** Writes an error as OpenAI does: an `error` event, then the response that failed, with what there is of it. */
  fail(error: GatewayError): void {
    const head = this.start('', '', undefined);
    const output = this.output.filter((item: JsonObject | undefined) => item !== undefined);
    const response = buildResponse(head, this.echo, { output, usage: this.usage, error });
    emitFailure(this.sink, error, response);
  }

  private start(id: string, model: string, created: number | undefined): ResponseHead {
    if (this.head !== undefined) return this.head;
    this.head = {
      id: toResponseId(id, this.context.requestId),
      model: model || this.context.model,
      created: created ?? Math.floor(this.context.receivedAt / 1000),
    };
    const response = buildResponse(this.head, this.echo, { output: [] });
    this.sink.emit('response.created', { response });
    this.sink.emit('response.in_progress', { response });
    return this.head;
  }

  private place(prefix: 'msg' | 'rs' | 'fc' | 'ctc'): ItemPlace {
    const head = this.start('', '', undefined);
    const index = this.items;
    this.items += 1;
    return { sink: this.sink, id: toItemId(prefix, head.id, index), index };
  }

  private openMessage(): OpenMessage {
    if (this.message !== undefined) return this.message.item;
    this.closeReasoning(undefined);
    this.closeWholeCalls();
    const place = this.place('msg');
    this.message = { item: new OpenMessage(place), index: place.index };
    return this.message.item;
  }

  private openReasoning(): OpenReasoning {
    if (this.reasoning !== undefined) return this.reasoning.item;
    this.closeMessage('completed');
    this.closeWholeCalls();
    const place = this.place('rs');
    this.reasoning = { item: new OpenReasoning(place), index: place.index };
    return this.reasoning.item;
  }

  private openCall(event: CallStartEvent): void {
    this.closeMessage('completed');
    this.closeReasoning(undefined);
    this.closeWholeCalls();
    const head = this.start('', '', undefined);
    const custom = event.custom === true;
    const place = this.place(custom ? 'ctc' : 'fc');
    const id = event.id || mintToolCallId(head.id, 0, event.index);
    const item = new OpenCall(place, { id, name: event.name, custom, signature: event.signature });
    this.calls.set(event.index, { item, index: place.index });
  }

  private closeMessage(status: ItemStatus): void {
    if (this.message === undefined) return;
    this.output[this.message.index] = this.message.item.close(status);
    this.message = undefined;
  }

  private closeReasoning(encrypted: string | undefined): void {
    if (this.reasoning === undefined) return;
    this.output[this.reasoning.index] = this.reasoning.item.close(encrypted);
    this.reasoning = undefined;
  }

  private closeWholeCalls(): void {
    for (const [index, call] of this.calls) if (call.item.isWhole) this.closeCall(index, 'completed');
  }

  private closeCall(index: number, status: ItemStatus): void {
    const call = this.calls.get(index);
    if (call === undefined) return;
    this.output[call.index] = call.item.close(status);
    this.calls.delete(index);
  }

  private closeAll(status: ItemStatus): void {
    this.closeReasoning(undefined);
    this.closeMessage(status);
    for (const [index, call] of this.calls) this.closeCall(index, call.item.isWhole ? 'completed' : status);
  }
}

/**
 * The two events of a failure. The first holds the error flat, as the SDKs declare it, and nested, as OpenAI sends it.
 */
export function emitFailure(sink: EventSink, error: GatewayError, response: JsonObject): void {
  const about = { code: error.code, message: error.message, param: error.param ?? null };
  const type = ERROR_CATALOGUE[error.code].openaiType;
  sink.emit('error', { ...about, error: { type, ...about } });
  sink.emit('response.failed', { response });
}
