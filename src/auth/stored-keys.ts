import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { ChangeFeed } from '../storage/change-feed.js';
import { Database } from '../storage/database.js';
import { KEYS_TOPIC, KeyStore } from './key-store.js';
import type { StoredKey } from './stored-key.js';

const RETRY_MS = 1_000;
/** For so long a revoked key is told so; afterwards it is unknown. */
const REVOKED_MS = 30 * 86_400_000;

/** What a secret stands for. */
export interface StoredSecret {
  readonly key: StoredKey;
  /** Unix milliseconds; absent for the current secret of its key. */
  readonly until?: number | undefined;
}

/**
 * The stored keys in the memory of this process, so that no request waits for the database. While the database is away,
 * what was read last stays in force.
 */
@Injectable()
export class StoredKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private bySecret: ReadonlyMap<string, StoredSecret> = new Map();
  private byId: ReadonlyMap<string, StoredKey> = new Map();
  private hasBeenLoaded = false;
  private hasAny = false;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private timer: ClockTimer | undefined;
  private isStopped = false;

  constructor(
    private readonly store: KeyStore,
    private readonly database: Database,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    feed.listen(KEYS_TOPIC, () => this.reload());
  }

  /** False until they could be read for the first time. */
  get isLoaded(): boolean {
    return this.hasBeenLoaded;
  }

  /** A key was made at some time. It may have been revoked since: that must not open the gateway to everybody here. */
  get wereEverMade(): boolean {
    return this.hasAny;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.database.isUsable) await this.reload();
    else this.database.onReady(() => void this.reload());
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  /** What the secret of this hash stands for, expired and revoked keys included. */
  find(hash: string): StoredSecret | undefined {
    return this.bySecret.get(hash);
  }

  /** Reads all anew. What changed before the call is in force when it returns, if the database answers. Never rejects. */
  private reload(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.load().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    // The run under way may have read before the change.
    this.next ??= this.running.then(() => {
      this.next = undefined;
      return this.reload();
    });
    return this.next;
  }

  private async load(): Promise<void> {
    this.timer?.cancel();
    if (this.isStopped) return;
    try {
      const { keys, hasAny } = await this.store.load(this.clock.now() - REVOKED_MS);
      this.takeOver(keys);
      this.hasAny = hasAny;
      this.hasBeenLoaded = true;
    } catch {
      // The database says so itself.
      this.retryLater();
    }
  }

  private retryLater(): void {
    if (this.isStopped) return;
    this.timer = this.clock.startTimer(RETRY_MS, () => void this.reload());
    this.timer.unref?.();
  }

  private takeOver(keys: readonly StoredKey[]): void {
    const bySecret = new Map<string, StoredSecret>();
    const byId = new Map<string, StoredKey>();
    for (const read of keys) {
      // A key that has not changed stays the same object, and so does what others keep for it.
      const known = this.byId.get(read.id);
      const key = known?.updatedAt === read.updatedAt ? known : read;
      byId.set(key.id, key);
      bySecret.set(key.secretHash, { key });
      if (key.previousHash !== null && key.previousUntil !== null) {
        bySecret.set(key.previousHash, { key, until: key.previousUntil });
      }
    }
    this.byId = byId;
    this.bySecret = bySecret;
  }
}
