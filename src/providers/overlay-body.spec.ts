import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BodyOverlay } from '../config/gateway-settings.js';
import type { JsonObject } from '../contract/json.js';
import { overlayBody } from './overlay-body.js';

const NOTHING: BodyOverlay = { set: {}, default: {}, remove: [] };

function overlaid(body: string, overlay: Partial<BodyOverlay>, asked: JsonObject = {}) {
  return overlayBody({ body, dropped: [], isVerbatim: true }, { ...NOTHING, ...overlay }, asked);
}

describe('overlayBody', () => {
  test('leaves every byte of what is not named', () => {
    const { body } = overlaid('{ "big": 12345678901234567890, "a" : 1,"z":{} }', { set: { a: 2 } });
    expect(body).toBe('{ "big": 12345678901234567890, "a" : 2,"z":{} }');
  });

  test('is no change of a body that is so already', () => {
    const asked = '{"a":{"b":1},"c":2}';
    const encoded = overlaid(asked, { set: { a: { b: 1 } }, default: { c: 3 }, remove: ['d'] });
    expect(encoded).toEqual({ body: asked, dropped: [], isVerbatim: true });
  });

  test('tells what the caller sent and the vendor does not get', () => {
    const overlay = { set: { c: 1 }, remove: ['a', 'b', 'c', 'd'] };
    const encoded = overlaid('{"a":1,"b":2,"c":3}', overlay, { a: 1, c: 3 });
    expect(encoded).toEqual({ body: '{"c":1}', dropped: ['a'], isVerbatim: false });
  });

  const name = fc.constantFrom<string[]>('a', 'b', 'c', 'd');
  const flat = fc.dictionary(name, fc.integer());

  test('what is set holds, what is there goes before a default, what is removed is gone', () => {
    fc.assert(
      fc.property(flat, flat, flat, fc.array(name), (body, set, defaults, remove) => {
        const kept = Object.fromEntries(Object.entries(body).filter(([key]) => !remove.includes(key)));
        const encoded = overlaid(JSON.stringify(body), { set, default: defaults, remove });
        expect(JSON.parse(encoded.body)).toEqual({ ...defaults, ...kept, ...set });
      }),
    );
  });

  test('goes into objects', () => {
    const body = '{"generationConfig":{"temperature":1,"topK":2},"tools":[{"x":1}]}';
    const { body: written } = overlaid(body, {
      set: { generationConfig: { topK: 3 }, tools: [] },
      default: { generationConfig: { temperature: 0, seed: 4 } },
    });
    expect(JSON.parse(written)).toEqual({
      generationConfig: { temperature: 1, topK: 3, seed: 4 },
      tools: [],
    });
  });
});
