import { describe, expect, it } from 'vitest';
import { GeminiAdapter } from './gemini.adapter.js';

const adapter = new GeminiAdapter();
const base = 'https://host/v1beta';

describe('the adapter of Gemini', () => {
  it.each([
    ['gemini-3.8-flash', false, '/models/gemini-3.8-flash:generateContent'],
    ['gemini-3.8-flash', true, '/models/gemini-3.8-flash:streamGenerateContent?alt=sse'],
    ['models/gemini-3.8-flash', false, '/models/gemini-3.8-flash:generateContent'],
    ['tunedModels/mine', false, '/tunedModels/mine:generateContent'],
    ['../x?y', false, '/models/..%2Fx%3Fy:generateContent'],
  ])('calls %s (stream: %s) at %s', (model, stream, path) => {
    expect(adapter.chatUrl(base, model, stream)).toBe(base + path);
  });

  it.each([
    ['gemini-2.0-flash', { thinking: 'none' }],
    ['gemini-2.5-flash', { thinking: 'budget', reasoningOff: true, reasonsUnasked: true }],
    ['gemini-2.5-flash-lite', { thinking: 'budget', reasoningOff: true, reasonsUnasked: false }],
    ['gemini-2.5-pro-preview-05-06', { thinking: 'budget', reasoningOff: false, reasonsUnasked: true }],
    [
      'gemini-3-flash-preview',
      { thinking: 'adaptive', reasonsUnasked: true, effortLevels: ['minimal', 'low', 'medium', 'high'] },
    ],
    ['gemini-3.1-pro-preview', { thinking: 'adaptive', reasonsUnasked: true }],
    [
      'gemini-3.8-flash',
      {
        thinking: 'adaptive',
        reasonsUnasked: true,
        unsupported: ['temperature', 'topP', 'topK'],
        multipleChoices: false,
      },
    ],
    [
      'gemini-flash-latest',
      {
        thinking: 'adaptive',
        reasonsUnasked: true,
        unsupported: ['temperature', 'topP', 'topK'],
        multipleChoices: false,
      },
    ],
  ])('knows what %s can do', (model, traits) => {
    expect(adapter.traitsOf('gemini', model)).toEqual(traits);
  });

  it('sends the key in a header, never in the address', () => {
    expect(adapter.authHeaders('k')).toEqual({ 'x-goog-api-key': 'k' });
  });
});
