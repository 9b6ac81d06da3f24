import type { Clock } from '../common/clock.js';
import type { Peers } from '../storage/peers.js';
import { LocalRestBook, type Resting } from './local-rest-book.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { isForgotten, keyOf, readChange, supersedes, type SharedChange } from './shared-change.js';

const CHANNEL = 'rests';

/**
 * The rests of this process, told to its peers and learned from them. Everything acts here at once; the others are told
 * afterwards and never waited for. What is in force is kept for those that start or come back, and whoever comes back
 * adds what happened meanwhile. Trials stay local, but their success ends the rest everywhere.
 */
export class SharedRestBook extends LocalRestBook {
  /** The change that holds, by `keyOf`. */
  private readonly known = new Map<string, SharedChange>();
  private readonly unsent = new Map<string, SharedChange>();
  private isSending = false;

  constructor(
    private readonly peers: Peers,
    private readonly ramp: RecoveryRamp,
    clock: Clock,
  ) {
    super(clock);
    peers.listen(CHANNEL, (body) => {
      if (Array.isArray(body)) for (const change of body) this.hear(readChange(change));
    });
    peers.onUp(() => void this.synchronise());
  }

  override disable(provider: string): void {
    super.disable(provider);
    this.tell({ kind: 'disable', id: provider, at: this.clock.now() });
  }

  override enable(provider: string): void {
    super.enable(provider);
    this.tell({ kind: 'enable', id: provider, at: this.clock.now() });
  }

  protected override keep(id: string, resting: Resting): void {
    super.keep(id, resting);
    const { failedTrials } = resting;
    const entry = this.toUnixTime(resting.entry);
    this.tell({ kind: 'rest', id, at: this.clock.now(), entry, failedTrials });
  }

  protected override release(id: string): boolean {
    const known = this.known.get(`rest:${id}`);
    const at = this.clock.now();
    this.tell({ kind: 'release', id, at, until: known?.kind === 'rest' ? known.entry.until : at });
    return super.release(id);
  }

  private tell(change: SharedChange): void {
    const key = keyOf(change);
    // The clocks of replicas differ a little: what is decided here comes after what was known here.
    const at = Math.max(change.at, (this.known.get(key)?.at ?? 0) + 1);
    this.send(key, { ...change, at });
  }

  private send(key: string, change: SharedChange): void {
    this.known.set(key, change);
    this.unsent.set(key, change);
    if (this.isSending) return;
    this.isSending = true;
    // What one failure brings about goes out together.
    queueMicrotask(() => void this.sendAll());
  }

  /** One message at a time: what comes up meanwhile goes out together in the next. */
  private async sendAll(): Promise<void> {
    while (this.unsent.size > 0) {
      const changes = [...this.unsent.values()];
      // What cannot be sent now stays in `known` and goes out when they are back.
      this.unsent.clear();
      const fields = Object.fromEntries(
        [...changes].map((change) => [keyOf(change), JSON.stringify(change)]),
      );
      await this.peers.tell(CHANNEL, changes, fields);
    }
    this.isSending = false;
    this.forget();
  }

  private hear(change: SharedChange | undefined): void {
    if (change === undefined || this.learn(change)) return;
    const known = this.known.get(keyOf(change));
    // It may have overwritten what a person switched later.
    if (
      known !== undefined &&
      change.kind !== known.kind &&
      (known.kind === 'disable' || known.kind === 'enable')
    )
      this.send(keyOf(known), known);
  }

  /** True: it was new here. */
  private learn(change: SharedChange): boolean {
    const key = keyOf(change);
    const known = this.known.get(key);
    if (known !== undefined && !supersedes(change, known)) return false;
    this.known.set(key, change);
    const now = this.clock.now();
    switch (change.kind) {
      case 'rest':
        if (change.entry.until > now)
          this.adopt(change.id, this.fromUnixTime(change.entry), change.failedTrials);
        break;
      case 'release':
        if (super.release(change.id)) this.ramp.begin(change.id, this.clock.steady());
        break;
      case 'disable':
        super.disable(change.id);
        break;
      case 'enable':
        super.enable(change.id);
        break;
    }
    return true;
  }

  /** Takes over what is in force elsewhere, and gives what the others have missed. */
  private async synchronise(): Promise<void> {
    const stored = await this.peers.recall(CHANNEL);
    if (stored === undefined) return;
    const now = this.clock.now();
    const forgotten: string[] = [];
    for (const [field, text] of Object.entries(stored)) {
      const change = readChange(parse(text));
      if (change === undefined || isForgotten(change, now)) forgotten.push(field);
      else this.learn(change);
    }
    for (const [key, change] of this.known) {
      if (!isForgotten(change, now) && stored[key] !== JSON.stringify(change)) this.send(key, change);
    }
    await this.remove(forgotten);
  }

  private forget(): void {
    const now = this.clock.now();
    const forgotten = [...this.known].filter(([, change]) => isForgotten(change, now)).map(([key]) => key);
    for (const key of forgotten) this.known.delete(key);
    void this.remove(forgotten);
  }

  private async remove(fields: readonly string[]): Promise<void> {
    if (fields.length > 0) await this.peers.forget(CHANNEL, fields);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
