import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from 'vitest';
import { CommonModule } from '../common/common.module.js';
import { VENDOR_NAMES, VENDORS_WITHOUT_BASE_URL } from '../config/vendor-names.js';
import { PRESETS, type Preset } from './openai-compatible/presets.js';
import { PROVIDER_ADAPTERS, type ProviderAdapter } from './provider-adapter.js';
import { ProviderRegistry } from './provider-registry.js';
import { ProvidersModule } from './providers.module.js';

const modules = await Test.createTestingModule({ imports: [CommonModule, ProvidersModule] }).compile();
const adapters = modules.get<readonly ProviderAdapter[]>(PROVIDER_ADAPTERS, { strict: false });

describe('the list of adapters', () => {
  test('serves exactly the vendors that the configuration may name', () => {
    const { vendors } = modules.get(ProviderRegistry, { strict: false });
    expect([...vendors].sort()).toEqual([...VENDOR_NAMES].sort());
  });

  test('has each vendor once', () => {
    const vendors = adapters.flatMap((adapter) => adapter.vendors);
    expect(new Set(vendors).size).toBe(vendors.length);
  });

  test.each(adapters.flatMap((adapter) => adapter.vendors.map((vendor) => [vendor, adapter] as const)))(
    '%s lives at an https address without a slash at its end, or on this machine, or demands base_url',
    (vendor, adapter) => {
      const { baseUrl, keyRequired } = adapter.defaultsOf(vendor);
      if (VENDORS_WITHOUT_BASE_URL.includes(vendor)) expect(baseUrl).toBeUndefined();
      if (baseUrl === undefined) return;
      expect(baseUrl).not.toMatch(/\/$/);
      expect(new URL(baseUrl).protocol).toBe(keyRequired ? 'https:' : 'http:');
    },
  );

  test('a vendor for which the configuration demands an address has none of its own', () => {
    const presets: Readonly<Record<string, Preset>> = PRESETS;
    for (const vendor of VENDORS_WITHOUT_BASE_URL) expect(presets[vendor]?.baseUrl).toBeUndefined();
  });
});
