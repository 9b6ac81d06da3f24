import { Inject, Injectable, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SystemClock } from '../common/clock.js';
import { StartFault } from '../common/start-fault.js';
import { ConfigFault } from './config-fault.js';
import { ConfigWatcher } from './config-watcher.js';
import { GatewayConfigModule } from './config.module.js';
import { environment, type EnvironmentSettings } from './environment.js';
import { loadSettings } from './load-settings.js';
import { readTextFile } from './read-text-file.js';
import { SettingsHolder } from './settings-holder.js';

const yaml = (cooldown: string) =>
  `providers: [{ name: openai, vendor: openai }]\nrouting: { cooldown: ${cooldown} }\n`;

let folder: string;
let path: string;

const load = () => loadSettings({ GATEWAY_CONFIG: path }, readTextFile);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  path = join(folder, 'gateway.yaml');
  writeFileSync(path, yaml('1s'));
  vi.spyOn(Logger.prototype, 'log').mockReturnValue();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('SettingsHolder', () => {
  it('swaps the snapshot on reload and tells the listeners, until they leave', async () => {
    const holder = new SettingsHolder(load(), load);
    const before = holder.current;
    const listener = vi.fn();
    const leave = holder.onChange(listener);
    writeFileSync(path, yaml('2s'));
    await holder.reload();
    expect(holder.current.routing.cooldownMs).toBe(2_000);
    expect(before.routing.cooldownMs).toBe(1_000);
    expect(listener).toHaveBeenCalledExactlyOnceWith(holder.current, before);
    leave();
    await holder.reload();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('keeps the old snapshot when the new file has faults, and logs the same message as at the start', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const holder = new SettingsHolder(load(), load);
    const before = holder.current;
    writeFileSync(path, yaml('60'));
    await holder.reload();
    expect(holder.current).toBe(before);
    expect(load).toThrow(ConfigFault);
    const message = String(error.mock.calls[0]?.[0]);
    expect(message).toContain(`${path}:2: routing.cooldown: found 60, expected a duration`);
  });

  it('refuses a valid file that does not pass a check, in the words of the check', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const holder = new SettingsHolder(load(), load);
    const before = holder.current;
    holder.addCheck(() => {
      throw new StartFault('Nobody can be asked');
    });
    await holder.reload();
    expect(holder.current).toBe(before);
    expect(error.mock.calls[0]?.[0]).toBe(
      'The new configuration is refused, the old one stays in force. Nobody can be asked',
    );
  });

  it('does not take the built-in default for a file that is gone', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const builtIn = loadSettings({}, () => undefined);
    const holder = new SettingsHolder(load(), () => builtIn);
    await holder.reload();
    expect(holder.current).not.toBe(builtIn);
    expect(String(error.mock.calls[0]?.[0])).toContain('expected a file: there is none any more');
  });

  it('tells the other listeners when one fails', () => {
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const holder = new SettingsHolder(load());
    const listener = vi.fn();
    holder.onChange(() => {
      throw new Error('broken');
    });
    holder.onChange(listener);
    holder.replace(load());
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('changes nothing on reload when it was given its settings', async () => {
    const settings = load();
    const holder = new SettingsHolder(settings);
    await holder.reload();
    expect(holder.current).toBe(settings);
  });
});

describe('ConfigWatcher', () => {
  let holder: SettingsHolder;
  let watcher: ConfigWatcher;

  function watch(): void {
    holder = new SettingsHolder(load(), load);
    watcher = new ConfigWatcher(holder, new SystemClock(), path, 20);
    watcher.onApplicationBootstrap();
  }

  afterEach(() => {
    watcher.onModuleDestroy();
  });

  const cooldownBecomes = (milliseconds: number) =>
    vi.waitFor(
      () => {
        expect(holder.current.routing.cooldownMs).toBe(milliseconds);
      },
      { timeout: 5_000 },
    );

  it('reloads when the file changes', async () => {
    watch();
    writeFileSync(path, yaml('3s'));
    await cooldownBecomes(3_000);
  });

  it('reloads when an editor puts a new file in the place of the old one, and not while there is none', async () => {
    watch();
    const reload = vi.spyOn(holder, 'reload');
    rmSync(path);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(reload).not.toHaveBeenCalled();
    writeFileSync(path, yaml('4s'));
    await cooldownBecomes(4_000);
  });

  it('reloads when a ConfigMap volume swaps the link that is two levels above the file', async () => {
    for (const [version, cooldown] of [
      ['..one', '5s'],
      ['..two', '6s'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'gateway.yaml'), yaml(cooldown));
    }
    rmSync(path);
    symlinkSync('..one', join(folder, '..data'));
    symlinkSync('..data/gateway.yaml', path);
    watch();
    expect(holder.current.routing.cooldownMs).toBe(5_000);
    symlinkSync('..two', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await cooldownBecomes(6_000);
  });

  it('waits until a file that is being written stays the same', () => {
    const clock = new ManualClock();
    holder = new SettingsHolder(load(), load);
    watcher = new ConfigWatcher(holder, clock, path, 60_000);
    const reload = vi.spyOn(holder, 'reload');
    watcher.onApplicationBootstrap();
    for (const written of ['', yaml('7s').slice(0, 20), yaml('7s')]) {
      writeFileSync(path, written);
      clock.advance(200);
    }
    expect(reload).not.toHaveBeenCalled();
    clock.advance(200);
    expect(reload).toHaveBeenCalledTimes(1);
    expect(holder.current.routing.cooldownMs).toBe(7_000);
  });

  it('does not reload when the file was touched and says the same', async () => {
    watch();
    const reload = vi.spyOn(holder, 'reload');
    writeFileSync(path, yaml('1s'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(reload).not.toHaveBeenCalled();
  });

  it('reloads on SIGHUP, until it is destroyed', () => {
    watch();
    const reload = vi.spyOn(holder, 'reload');
    process.emit('SIGHUP');
    expect(reload).toHaveBeenCalledTimes(1);
    watcher.onModuleDestroy();
    expect(process.listeners('SIGHUP')).toEqual([]);
  });
});

describe('GatewayConfigModule', () => {
  @Injectable()
  class Reader {
    constructor(
      readonly holder: SettingsHolder,
      @Inject(environment.KEY) readonly environment: EnvironmentSettings,
    ) {}
  }

  let module: TestingModule | undefined;

  afterEach(async () => {
    await module?.close();
    module = undefined;
  });

  it('gives the settings and the environment to every room, and lets the process watch the file', async () => {
    vi.stubEnv('GATEWAY_CONFIG', path);
    vi.stubEnv('PORT', '8123');
    module = await Test.createTestingModule({
      imports: [GatewayConfigModule],
      providers: [Reader],
    }).compile();
    await module.init();
    const reader = module.get(Reader);
    expect(reader.holder.current.source).toBe(path);
    expect(reader.environment.port).toBe(8_123);
    expect(process.listenerCount('SIGHUP')).toBe(1);
    await module.close();
    expect(process.listenerCount('SIGHUP')).toBe(0);
    module = undefined;
  });

  it('fails the start with the whole list', async () => {
    vi.stubEnv('GATEWAY_CONFIG', path);
    vi.stubEnv('PORT', 'x');
    writeFileSync(path, yaml('60'));
    const start = Test.createTestingModule({ imports: [GatewayConfigModule] }).compile();
    await expect(start).rejects.toThrow(ConfigFault);
    await expect(start).rejects.toThrow(/2 faults:[^]*routing\.cooldown[^]*environment: PORT/);
  });

  it('lets a test put its own settings in the place of the file', async () => {
    vi.stubEnv('GATEWAY_CONFIG', join(folder, 'missing.yaml'));
    const settings = load();
    module = await Test.createTestingModule({ imports: [GatewayConfigModule] })
      .overrideProvider(SettingsHolder)
      .useValue(new SettingsHolder(settings))
      .compile();
    expect(module.get(SettingsHolder).current).toBe(settings);
  });
});
