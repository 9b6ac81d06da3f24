import type { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import type { ChatRequest } from '../contract/chat-request.js';
import type { AssistantPart, ContentPart } from '../contract/content.js';
import { TokenEstimator } from './token-estimator.js';
import { TokenizerThread } from './tokenizer-thread.js';

const estimator = new TokenEstimator(new TokenizerThread());
const SENTENCE = 'The quick brown fox jumps over the lazy dog, and then it goes home to have some tea. ';

function asked(content: readonly ContentPart[], more: readonly AssistantPart[] = []): ChatRequest {
  return {
    original: { format: 'openai-chat', text: '{}', json: {} },
    model: undefined,
    stream: false,
    includeUsage: false,
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: more },
    ],
    sampling: {},
  };
}

describe('the tokens of a text', () => {
  it('are those of the tokenizer while it is short', async () => {
    expect(await estimator.estimateText('hello world')).toBe(2);
    expect(await estimator.estimateText('')).toBe(0);
  });

  it('stay close to them where it is tokenised in pieces', async () => {
    const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
    const text = SENTENCE.repeat(300);
    const exact = encode(text).length;
    expect(Math.abs((await estimator.estimateText(text)) - exact) / exact).toBeLessThan(0.01);
  });

  it('are extrapolated beyond the sample', async () => {
    const one = await estimator.estimateText(SENTENCE.repeat(300));
    const many = await estimator.estimateText(SENTENCE.repeat(30_000));
    expect(Math.abs(many / one - 100)).toBeLessThan(2);
  });

  it('are sampled from all over it, not from its beginning alone', async () => {
    const english = SENTENCE.repeat(4_000);
    const chinese = '今天天气很好，我们一起去公园散步吧。'.repeat(english.length / 18);
    const [first, second, both] = await Promise.all(
      [english, chinese, english + chinese].map((text) => estimator.estimateText(text)),
    );
    expect(Math.abs(both! / (first! + second!) - 1)).toBeLessThan(0.05);
  });

  it('may look like a marker of the tokenizer', async () => {
    expect(await estimator.estimateText('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('are counted in a thread of its own, which loads the tokenizer when first asked', async () => {
    const threads: Worker[] = [];
    const onThread = (thread: Worker): void => void threads.push(thread);
    process.on('worker', onThread);
    const estimator = new TokenEstimator(new TokenizerThread());
    expect(threads).toHaveLength(0);
    expect(await estimator.estimateText('hello world')).toBe(2);
    expect(await estimator.estimateText('hello')).toBe(1);
    process.off('worker', onThread);
    expect(threads).toHaveLength(1);
  });

  it('are guessed by the length when the thread ends, and counted by the next one', async () => {
    const threads: Worker[] = [];
    const onThread = (thread: Worker): void => void threads.push(thread);
    process.on('worker', onThread);
    const estimator = new TokenEstimator(new TokenizerThread());
    const counting = estimator.estimateText('hello world');
    await vi.waitFor(() => threads[0]!.terminate());
    expect(await counting).toBe(3);
    expect(await estimator.estimateText('hello world')).toBe(2);
    process.off('worker', onThread);
    expect(threads).toHaveLength(2);
  });
});

describe('the tokens of a prompt', () => {
  it('are those of its texts, and some for each message', async () => {
    expect(await estimator.estimate(asked([{ type: 'text', text: 'hello world' }]))).toBe(2 + 2 * 4);
  });

  it('count pictures, documents and sound by fixed numbers, however many bytes they have', async () => {
    const data = 'A'.repeat(1_000_000);
    const media: ContentPart[] = [
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data } },
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data } },
      { type: 'audio', data, encoding: 'wav' },
    ];
    expect(await estimator.estimate(asked(media))).toBe(3 * 1000 + 2 * 4);
  });

  it('are extrapolated from a sample when it is long', async () => {
    const short = await estimator.estimate(asked([{ type: 'text', text: SENTENCE.repeat(300) }]));
    const parts = Array.from({ length: 100 }, () => ({ type: 'text', text: SENTENCE.repeat(300) }) as const);
    const long = await estimator.estimate(asked(parts));
    expect(Math.abs((long - 8) / (short - 8) - 100)).toBeLessThan(2);
  });
});
