import { describe, expect, it } from 'vitest';
import { errorFormatOf } from './error-format.js';

const ANTHROPIC = { 'anthropic-version': '2023-06-01' };

describe('the format of errors', () => {
  it.each([
    ['/v1/chat', {}, 'simple-chat'],
    ['/v1/chat/', {}, 'simple-chat'],
    ['/v1/chat/completions', {}, 'openai-chat'],
    ['/v1/chat/none', {}, 'openai-chat'],
    ['/v1/messages', {}, 'anthropic-messages'],
    ['/v1/messages/count_tokens', {}, 'anthropic-messages'],
    ['/v1/models', {}, 'openai-chat'],
    ['/v1/models/a/b', ANTHROPIC, 'anthropic-messages'],
    ['/v1/chat/completions', ANTHROPIC, 'openai-chat'],
    ['/v1/none', {}, 'openai-chat'],
    ['/', {}, 'openai-chat'],
  ])('of %s with %j is that of %s', (path, headers, name) => {
    expect(errorFormatOf(path, headers).name).toBe(name);
  });
});
