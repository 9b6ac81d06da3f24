import type { OnApplicationBootstrap } from '@nestjs/common';
import { Topic, type Line } from '../common/line.js';
import { Peers, type MessageHandler } from './peers.js';

/** To the primary, which passes it on, and from it. */
export const PEER_NEWS = new Topic<{
  readonly channel: string;
  readonly body: unknown;
  /** By the primary: the worker that said it. */
  readonly origin?: string;
  readonly kept?: Readonly<Record<string, string>> | undefined;
}>('peers.news');
export const PEER_RECALL = new Topic<{ readonly channel: string }, Readonly<Record<string, string>>>(
  'peers.recall',
);
export const PEER_FORGET = new Topic<{ readonly channel: string; readonly names: readonly string[] }>(
  'peers.forget',
);

/** The other workers of this gateway, reached through the primary as long as this process lives. */
export class PrimaryPeers extends Peers implements OnApplicationBootstrap {
  override readonly isConfigured = true;
  override readonly isUsable = true;
  private readonly handlers = new Map<string, MessageHandler>();
  private readonly onUps: (() => void)[] = [];

  constructor(private readonly line: Line) {
    super();
    line.on(PEER_NEWS, ({ channel, body, origin = '' }) => {
      this.handlers.get(channel)?.(body, origin);
    });
  }

  onApplicationBootstrap(): void {
    for (const onUp of this.onUps) onUp();
  }

  override listen(channel: string, handler: MessageHandler): void {
    this.handlers.set(channel, handler);
  }

  override onUp(handler: () => void): void {
    this.onUps.push(handler);
  }

  override tell(channel: string, body: unknown, kept?: Readonly<Record<string, string>>): Promise<void> {
    this.line.tell(PEER_NEWS, { channel, body, kept });
    return Promise.resolve();
  }

  override recall(channel: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.line.ask(PEER_RECALL, { channel });
  }

  override forget(channel: string, names: readonly string[]): Promise<void> {
    this.line.tell(PEER_FORGET, { channel, names });
    return Promise.resolve();
  }
}
