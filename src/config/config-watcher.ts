import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock, ClockTimer } from '../common/clock.js';
import { readTextFile } from './read-text-file.js';
import type { SettingsHolder } from './settings-holder.js';

/** How long the file must stay as it is, so that a half-written one is not read. */
const SETTLE_MS = 200;

/**
 * Reloads the configuration on SIGHUP and when the content of the file changes. It looks at the file by polling, as
 * this follows symbolic links: Kubernetes swaps a link two levels above the file, which a watch on the file or on its
 * directory misses or reports by another name, and mounted file systems often report nothing at all.
 */
export class ConfigWatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly path: string;
  private text: string | undefined;
  /** What the file was last seen to hold, before it was taken over. */
  private seen: string | undefined;
  private settling: ClockTimer | undefined;
  private readonly onSignal = () => {
    this.text = this.read();
    void this.holder.reload();
  };
  private readonly onStat = () => {
    this.settling?.cancel();
    this.settling = this.clock.startTimer(SETTLE_MS, this.onSettled);
  };
  private readonly onSettled = () => {
    const text = this.read();
    // A file that is gone is most often one that an editor is about to write anew.
    if (text === undefined || text === this.text) return;
    if (text !== this.seen) {
      // Somebody may be in the middle of writing it: once more, until it stays the same.
      this.seen = text;
      this.onStat();
      return;
    }
    this.text = text;
    void this.holder.reload();
  };

  constructor(
    private readonly holder: SettingsHolder,
    private readonly clock: Clock,
    configPath: string,
    private readonly pollMs = 1_000,
  ) {
    this.path = resolve(configPath);
    this.text = this.read();
  }

  onApplicationBootstrap(): void {
    process.on('SIGHUP', this.onSignal);
    watchFile(this.path, { interval: this.pollMs, persistent: false }, this.onStat);
    // What changed since the constructor read the file may have come before the first poll, which then sees no change.
    this.onStat();
  }

  onModuleDestroy(): void {
    process.off('SIGHUP', this.onSignal);
    unwatchFile(this.path, this.onStat);
    this.settling?.cancel();
  }

  /** What cannot be read counts as absent here; the reload says what is wrong with it. */
  private read(): string | undefined {
    try {
      return readTextFile(this.path);
    } catch {
      return undefined;
    }
  }
}
