import { describe, expect, it } from 'vitest';
import { mayHoldSignedToolCallId, readSignedToolCallId, toSignedToolCallId } from './signed-tool-call-id.js';

describe('a tool call id with a signature in it', () => {
  it.each(['', 'AA==', 'AAA=', 'AAAA', 'a+/b', '++//'])('gives "%s" back', (signature) => {
    const id = toSignedToolCallId('call_1', signature);
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    if (signature === '') expect(id).toBe('call_1');
    else expect(readSignedToolCallId(id)).toEqual({ id: 'call_1', signature });
    expect(mayHoldSignedToolCallId(`{"id":"${id}"}`)).toBe(signature !== '');
  });

  it('leaves out what is no base64 text', () => {
    expect(toSignedToolCallId('c', 'not base64')).toBe('c');
    expect(toSignedToolCallId('c', 'AAA')).toBe('c');
  });

  it('leaves other ids alone', () => {
    expect(readSignedToolCallId('toolu_01_sig')).toEqual({ id: 'toolu_01_sig' });
  });
});
