import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { StoredValue } from './stored-value.js';

/** What an entry takes beside its bytes: the key, the object, the places in the map. */
const OVERHEAD_BYTES = 400;
/** One value may take this share of the room, so that a few large ones do not push out everything else. */
const LARGEST_SHARE = 1 / 8;

/** Values in the memory of this process. When `cache.max_size` is full, the one that was not used the longest goes. */
@Injectable()
export class MemoryStore {
  /** A map keeps the order in which keys were set; a value that is used is set anew. */
  private readonly values = new Map<string, StoredValue>();
  private bytes = 0;

  constructor(
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {
    settings.onChange(() => {
      this.evict();
    });
  }

  /** What the values take, in bytes. */
  get size(): number {
    return this.bytes;
  }

  get(key: string): StoredValue | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.remove(key, value);
    if (value.expiresAt <= this.clock.now()) return undefined;
    this.add(key, value);
    return value;
  }

  set(key: string, value: StoredValue): void {
    const previous = this.values.get(key);
    if (previous !== undefined) this.remove(key, previous);
    if (sizeOf(value) > this.room * LARGEST_SHARE) return;
    this.add(key, { ...value, packed: copy(value.packed) });
    this.evict();
  }

  clear(): void {
    this.values.clear();
    this.bytes = 0;
  }

  private get room(): number {
    const { mode, maxSizeBytes } = this.settings.current.cache;
    return mode === 'off' ? 0 : maxSizeBytes;
  }

  private evict(): void {
    for (const [key, value] of this.values) {
      if (this.bytes <= this.room) return;
      this.remove(key, value);
    }
  }

  private add(key: string, value: StoredValue): void {
    this.values.set(key, value);
    this.bytes += sizeOf(value);
  }

  private remove(key: string, value: StoredValue): void {
    this.values.delete(key);
    this.bytes -= sizeOf(value);
  }
}

/** A small buffer is a view of a larger one, which would stay with it and is not counted. */
function copy(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

function sizeOf({ packed }: StoredValue): number {
  return packed.length + OVERHEAD_BYTES;
}
