import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import QuickLRU from 'quick-lru';
import type { ChatRequest } from '../contract/chat-request.js';
import type { Candidate } from './candidate.js';

/** Headers in which clients name the session that a request belongs to. */
const SESSION_HEADERS = ['x-sluice-session', 'x-session-id', 'x-claude-code-session-id'] as const;

export function readSession(headers: IncomingHttpHeaders): string | undefined {
  for (const name of SESSION_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

const MOST_CONVERSATIONS = 50_000;

/** Whether a request goes on with a conversation that was served before, and how it is recognised. */
export interface Conversation {
  /** A hash: neither the conversation nor its caller can be read from it. */
  readonly id: string;
  /** False for a first turn: it is remembered, but nothing is looked up. */
  readonly isContinued: boolean;
}

/**
 * Recognises a conversation by the caller's session, its prompt cache key, or its beginning: system text and first
 * user message, which every later turn repeats and vendors' prompt caches hang on.
 */
export function recognise(request: ChatRequest, tenant: string, session: string | undefined): Conversation {
  const cacheKey = request.extensions?.['prompt_cache_key'];
  const named = session ?? (typeof cacheKey === 'string' ? cacheKey : undefined);
  if (named !== undefined) return { id: digest(tenant, 'session', named), isContinued: true };
  const firstUser = request.messages.findIndex(({ role }) => role === 'user');
  const beginning = request.messages
    .slice(0, firstUser + 1)
    .map(({ role, content }) => [role, ...content.map(outline)]);
  return {
    id: digest(tenant, 'beginning', JSON.stringify(beginning)),
    isContinued: request.messages.some(({ role }) => role === 'assistant'),
  };
}

const OUTLINE_CHARACTERS = 8_192;

/** Enough of a part to know it again; of an image of a megabyte its first characters and its length. */
function outline(part: ChatRequest['messages'][number]['content'][number]): string {
  const text = part.type === 'text' ? part.text : JSON.stringify(part);
  return text.length <= OUTLINE_CHARACTERS
    ? text
    : `${text.slice(0, OUTLINE_CHARACTERS)}${String(text.length)}`;
}

function digest(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}

/** Remembers which key served a conversation, so that the vendor's prompt cache keeps hitting. */
@Injectable()
export class Affinity {
  private readonly served = new QuickLRU<string, Candidate['ids']>({ maxSize: MOST_CONVERSATIONS });

  remember({ id }: Conversation, { ids }: Candidate): void {
    this.served.set(id, ids);
  }

  /** Names of the target and the key that served it last. */
  recall({ id, isContinued }: Conversation): Candidate['ids'] | undefined {
    return isContinued ? this.served.get(id) : undefined;
  }
}
