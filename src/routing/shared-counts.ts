import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { Peers } from '../storage/peers.js';
import { TargetMeter } from './target-meter.js';

const CHANNEL = 'counts';
const EVERY_MS = 200;
/** What another said is believed for this time, so that the counts of one that died vanish. */
const BELIEVED_MS = 2_000;
/** Counts that do not change are repeated before they lapse. */
const REPEAT_MS = 1_000;

/** Tells the other processes how many calls this one has in flight, and adds theirs to the meter. */
@Injectable()
export class SharedCounts implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: ClockTimer | undefined;
  private told = '{}';
  private toldAt = 0;

  constructor(
    private readonly peers: Peers,
    private readonly meter: TargetMeter,
    private readonly clock: Clock,
  ) {
    if (!peers.isConfigured) return;
    peers.listen(CHANNEL, (body, origin) => {
      meter.setRemote(origin, readCounts(body), clock.steady() + BELIEVED_MS);
    });
  }

  onApplicationBootstrap(): void {
    if (!this.peers.isConfigured) return;
    this.timer = this.clock.startTimer(EVERY_MS, () => {
      this.timer?.refresh();
      this.meter.expireRemote(this.clock.steady());
      void this.tell();
    });
    this.timer.unref?.();
  }

  onModuleDestroy(): void {
    this.timer?.cancel();
  }

  private async tell(): Promise<void> {
    if (!this.peers.isUsable) return;
    const counts = Object.fromEntries(this.meter.counts);
    const text = JSON.stringify(counts);
    const now = this.clock.now();
    if (text === this.told && (text === '{}' || now < this.toldAt + REPEAT_MS)) return;
    this.told = text;
    this.toldAt = now;
    await this.peers.tell(CHANNEL, counts);
  }
}

function readCounts(body: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (typeof body !== 'object' || body === null) return counts;
  for (const [id, count] of Object.entries(body)) {
    if (Number.isSafeInteger(count) && count > 0) counts.set(id, count as number);
  }
  return counts;
}
