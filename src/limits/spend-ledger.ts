import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { SpendStore } from '../storage/spend-store.js';
import { SpendAccount, type Load } from './spend-account.js';

/** How old the sum from the database may grow while the key is in use. */
const REFRESH_MS = 5_000;
/** A sum older than this, of a key that was not used meanwhile, is waited for like the first one. */
const STALE_MS = 60_000;
/** What a request waits for the database at most. */
const LONGEST_WAIT_MS = 250;
/** A load that has not been answered by then is given up. */
const GIVE_UP_MS = 30_000;
const FORGET_MS = 10 * 60_000;

/**
 * What keys have spent: the sum in the database, asked for when a key is first used and every 5 seconds while it is in
 * use, and what was settled here since. Without the database it goes on with what it knows.
 */
@Injectable()
export class SpendLedger {
  private readonly logger = new Logger('Budgets');
  private readonly accounts = new Map<string, SpendAccount>();
  private isAway = false;

  constructor(
    private readonly store: SpendStore,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called before `spent`. Asks the database when that is due.
   *
   * @param since beginning of the period
   * @returns what to wait for, 250 ms at most, when the sum is not known or is old; otherwise there is no need to wait
   */
  prepare(keyId: string, since: number): Promise<unknown> | undefined {
    const now = this.clock.monotonic();
    const account = this.accountOf(keyId);
    account.usedAt = now;
    if (isDue(account, since, now)) this.load(keyId, account, since, now);
    return this.waitFor(account, since, now);
  }

  /** Nano-dollars since the beginning of the period. */
  spent(keyId: string, since: number): number {
    return this.accounts.get(keyId)?.spent(since) ?? 0;
  }

  /** Of these, what is certain to be in the database. */
  inDatabase(keyId: string, since: number): number {
    return this.accounts.get(keyId)?.inDatabase(since) ?? 0;
  }

  /** A request of a key with a budget, which came in at this time (Unix milliseconds), was settled. */
  settled(keyId: string, at: number, costNano: number): void {
    this.accountOf(keyId).settled(at, costNano);
  }

  /**
   * The cost of a settled request was written to the database; `at` and `costNano` as they were settled. What is never
   * written stays counted in this process.
   */
  committed(keyId: string, at: number, costNano: number): void {
    this.accounts.get(keyId)?.committed(at, costNano);
  }

  /** Forgets the keys that have not been used for ten minutes. */
  forgetIdle(): void {
    const before = this.clock.monotonic() - FORGET_MS;
    for (const [keyId, account] of this.accounts) {
      if (account.usedAt < before && account.isForgettable) this.accounts.delete(keyId);
    }
  }

  private accountOf(keyId: string): SpendAccount {
    let account = this.accounts.get(keyId);
    if (account === undefined) {
      account = new SpendAccount();
      this.accounts.set(keyId, account);
    }
    return account;
  }

  private waitFor(account: SpendAccount, since: number, now: number): Promise<unknown> | undefined {
    const { load } = account;
    if (load?.since !== since || account.hasFailed) return undefined;
    if (account.loadedAt(since) > now - STALE_MS || now >= load.startedAt + LONGEST_WAIT_MS) return undefined;
    return load.ready;
  }

  private load(keyId: string, account: SpendAccount, since: number, now: number): void {
    const { promise: ready, resolve } = Promise.withResolvers<undefined>();
    const onReady = (): void => {
      resolve(undefined);
    };
    const load: Load = { since, startedAt: now, ready };
    account.begin(load);
    const timer = this.clock.startTimer(LONGEST_WAIT_MS, onReady);
    this.store
      .spentSince(keyId, since)
      .then(
        (nano) => {
          account.loaded(load, nano);
          this.answered();
        },
        (error: unknown) => {
          account.failed(load);
          this.refused(error);
        },
      )
      .finally(() => {
        timer.cancel();
        onReady();
      });
  }

  private answered(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.logger.log('What gateway keys have spent can be read from the database again');
  }

  /** One line for each outage, however many keys ask. */
  private refused(error: unknown): void {
    if (this.isAway) return;
    this.isAway = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({
      message: 'What gateway keys have spent cannot be read from the database: budgets go by what is known',
      reason,
    });
  }
}

function isDue(account: SpendAccount, since: number, now: number): boolean {
  const { load } = account;
  if (load !== undefined && now < load.startedAt + GIVE_UP_MS && load.since === since) return false;
  return account.triedSince !== since || now >= account.triedAt + REFRESH_MS;
}
