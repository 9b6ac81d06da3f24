import type { RedisClient } from './redis-client.js';
import type { RedisFault } from './redis-fault.js';

/** A command that was refused may not come again for long: after this time the next one shows whether it still is. */
const BELIEVED_MS = 60_000;

export interface RedisUseOptions {
  /** For metrics. */
  readonly name: string;
  /** For people: they "are not shared". */
  readonly words: string;
  /** Does what is needed for it, with each probe. `now`: Unix milliseconds. */
  readonly check: (redis: RedisClient, now: number) => Promise<unknown>;
}

/** What a use needs of the connection. */
interface RedisWay {
  readonly isUsable: boolean;
  ask<Value>(
    command: (redis: RedisClient) => Promise<Value>,
    onRefusal: (fault: RedisFault, now: number) => void,
  ): Promise<Value | undefined>;
  tellOf(use: RedisUse): void;
}

/**
 * One kind of thing that processes share through Redis. A server that is there may still refuse what one of them needs
 * (scripts, channels), and then that one is not shared, while the others are.
 */
export class RedisUse {
  private readonly onUps: (() => void)[] = [];
  private isLetting = true;
  private current: (RedisFault & { readonly since: number }) | undefined;
  private misses = 0;
  /** Unix milliseconds; 0: by no command. */
  private refusedAt = 0;

  constructor(
    private readonly connection: RedisWay,
    readonly options: RedisUseOptions,
  ) {}

  /** Commands are sent now; otherwise `ask` answers `undefined` at once. */
  get isUsable(): boolean {
    return this.isLetting && this.connection.isUsable;
  }

  /** Why it is not shared although there is a server. */
  get fault(): (RedisFault & { readonly since: number }) | undefined {
    return this.current;
  }

  /** Calls back whenever it can be used after it could not, the first time included. */
  onUp(handler: () => void): void {
    this.onUps.push(handler);
  }

  /** The answer; `undefined`: there is none within 50 ms, for whatever reason. Never rejects. */
  async ask<Value>(command: (redis: RedisClient) => Promise<Value>): Promise<Value | undefined> {
    if (!this.isLetting) return undefined;
    const answer = await this.connection.ask(command, (fault, now) => {
      this.refusedAt = now;
      this.stop(fault, now);
    });
    if (answer !== undefined && this.current !== undefined) this.resume();
    return answer;
  }

  /** For the connection: how the check went that came with a probe. */
  checked(fault: RedisFault | undefined, now: number): void {
    if (fault === undefined) {
      this.misses = 0;
      const isBack = !this.isLetting;
      this.isLetting = true;
      if (this.refusedAt === 0 || now - this.refusedAt > BELIEVED_MS) this.resume();
      if (isBack) this.tellUp();
    } else if (fault.isRefusal || ++this.misses > 1) {
      this.refusedAt = 0;
      this.stop(fault, now);
    }
  }

  /** For the connection: Redis can be used again. */
  tellUp(): void {
    if (this.isUsable) for (const onUp of this.onUps) onUp();
  }

  private stop(fault: RedisFault, now: number): void {
    this.isLetting = false;
    if (this.current?.reason === fault.reason) return;
    const since = this.current?.since ?? now;
    this.current = { ...fault, since };
    this.connection.tellOf(this);
  }

  private resume(): void {
    this.refusedAt = 0;
    if (this.current === undefined) return;
    this.current = undefined;
    this.connection.tellOf(this);
  }
}
