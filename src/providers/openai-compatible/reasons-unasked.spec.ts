import { describe, expect, test } from 'vitest';
import { reasonsUnasked } from './reasons-unasked.js';

describe('reasonsUnasked', () => {
  test.each([
    'o1',
    'o3-mini',
    'o4-mini-2025-04-16',
    'openai/o3',
    'gpt-5',
    'gpt-5.1-codex',
    'openai/gpt-5-mini',
    'gpt-oss-120b',
    'deepseek-reasoner',
    'deepseek/deepseek-r1:free',
    'deepseek-ai/DeepSeek-R1-Distill-Qwen-32B',
    'qwq-32b',
    'Qwen/QwQ-32B',
    'qwen3-235b-a22b-thinking-2507',
    'kimi-k2-thinking',
    'magistral-medium-latest',
    'grok-4',
    'gemini-2.5-pro',
    'google/gemini-3-pro-preview',
    'models/gemini-2.5-flash',
    'glm-4.6',
    'claude-3.7-sonnet:thinking',
  ])('%s does', (model) => {
    expect(reasonsUnasked(model)).toBe(true);
  });

  test.each([
    '',
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-5-chat-latest',
    'deepseek-chat',
    'foo1',
    'llama-3.3-70b-versatile',
    'gemini-2.0-flash',
    'gemini-2.5-flash-lite',
    'grok-4-fast-non-reasoning',
    'claude-sonnet-4-5',
    'mistral-small-latest',
    'kimi-latest',
  ])('%s does not, as far as anybody knows', (model) => {
    expect(reasonsUnasked(model)).toBe(false);
  });
});
