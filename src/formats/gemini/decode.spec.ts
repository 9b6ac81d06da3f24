import { describe, expect, it } from 'vitest';
import { decodeFrames } from '../../../test/support/stream-helpers.js';
import type { ChatEvent, SseFrame } from '../../contract/chat-event.js';
import { UnreadableAnswer, type DecodeOptions } from '../../contract/wire-format.js';
import { readSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { GEMINI_OUTBOUND } from './gemini.format.js';

const answer = (...parts: object[]): object => ({
  responseId: 'r-1',
  modelVersion: 'gemini-x',
  candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
});
const decode = (json: unknown, options?: DecodeOptions) =>
  GEMINI_OUTBOUND.decodeResponse(JSON.stringify(json), options);

function stream(...data: unknown[]): ChatEvent[] {
  const frames = data.map((item): SseFrame[] => [
    { data: typeof item === 'string' ? item : JSON.stringify(item) },
  ]);
  return decodeFrames(GEMINI_OUTBOUND.createStreamDecoder(), frames).flatMap(({ events }) => events);
}

function failureOf(run: () => unknown): UnreadableAnswer {
  try {
    run();
  } catch (error) {
    if (error instanceof UnreadableAnswer) return error;
  }
  throw new Error('expected an UnreadableAnswer');
}

describe('an answer of Gemini', () => {
  it('holds thoughts, text, pictures, sounds, and what nobody here knows', () => {
    const { choices } = decode(
      answer(
        { text: 'hm', thought: true },
        { text: 'yes', thoughtSignature: 'AA==' },
        { inlineData: { mimeType: 'image/png', data: 'A' } },
        { inlineData: { mimeType: 'audio/wav', data: 'B' } },
        { inlineData: { mimeType: 'application/pdf', data: 'C' } },
        { executableCode: { code: '1' } },
        { text: '' },
      ),
    );
    expect(choices[0]?.content).toEqual([
      { type: 'reasoning', text: 'hm', encrypted: 'gemini:AA==' },
      { type: 'text', text: 'yes' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'A' } },
      { type: 'audio', data: 'B', encoding: 'wav' },
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'C' } },
      { type: 'opaque', format: 'gemini', value: { executableCode: { code: '1' } } },
    ]);
  });

  it('gets ids for calls that came without, the same each time, and its names back', () => {
    const json = answer(
      { functionCall: { name: 'a_b', args: { n: 1 } }, thoughtSignature: 'AA==' },
      { functionCall: { name: 'c' } },
    );
    const read = () => decode(json, { toolNames: new Map([['a_b', 'a.b']]) }).choices[0]?.content ?? [];
    const [first, second] = read();
    expect(first).toMatchObject({ type: 'tool-call', name: 'a.b', arguments: '{"n":1}' });
    expect(second).toEqual({ type: 'tool-call', id: 'call_r1_1', name: 'c', arguments: '{}' });
    expect(first?.type === 'tool-call' && readSignedToolCallId(first.id)).toEqual({
      id: 'call_r1_0',
      signature: 'AA==',
    });
    expect(read()).toEqual([first, second]);
  });

  it('keeps large numbers in arguments', () => {
    const text = JSON.stringify(answer({ functionCall: { name: 'f', args: { n: 1 } } }));
    const [choice] = GEMINI_OUTBOUND.decodeResponse(
      text.replace('{"n":1}', '{"n":12345678901234567890}'),
    ).choices;
    expect(choice?.content[0]).toMatchObject({ arguments: '{"n":12345678901234567890}' });
  });

  it('may have several candidates, with their probabilities', () => {
    const chosen = { token: 'é', logProbability: -0.5 };
    const { choices } = decode({
      candidates: [
        {
          index: 0,
          content: { parts: [{ text: 'a' }] },
          finishReason: 'STOP',
          logprobsResult: { chosenCandidates: [chosen], topCandidates: [{ candidates: [chosen] }] },
        },
        { index: 1, content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' },
      ],
    });
    expect(choices.map((choice) => [choice.index, choice.finish.reason])).toEqual([
      [0, 'stop'],
      [1, 'tool_calls'],
    ]);
    const token = { token: 'é', logprob: -0.5, bytes: [195, 169] };
    expect(choices[0]?.logprobs).toEqual({ content: [{ ...token, top_logprobs: [token] }] });
    expect(choices[1]?.content[0]).toMatchObject({ id: 'call__1_0' });
  });

  it('carries its sources beside its text', () => {
    const json = answer({ text: 'a' }) as { candidates: object[] };
    const groundingMetadata = { webSearchQueries: ['q'] };
    json.candidates[0] = { ...json.candidates[0], groundingMetadata, citationMetadata: {} };
    expect(decode(json).choices[0]?.content).toEqual([
      { type: 'text', text: 'a', annotations: { format: 'gemini', items: [{ groundingMetadata }] } },
    ]);
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    [2, 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['SOMETHING_NEW', 'stop'],
    [undefined, 'stop'],
  ])('finishes with %s as %s', (finishReason, expected) => {
    expect(decode({ candidates: [{ finishReason }] }).choices[0]?.finish.reason).toBe(expected);
  });

  it('counts cached tokens inside the prompt, those of tools and thoughts beside', () => {
    const { usage } = decode({
      ...answer({ text: 'a' }),
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        toolUsePromptTokenCount: 7,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 3,
        totalTokenCount: 115,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 90 },
          { modality: 'AUDIO', tokenCount: 10 },
        ],
      },
    });
    expect(usage).toEqual({
      inputTokens: 107,
      outputTokens: 8,
      cacheReadTokens: 60,
      reasoningTokens: 3,
      inputAudioTokens: 10,
    });
  });

  it('tells sound that was cached, and pictures in the answer', () => {
    const { usage } = decode({
      ...answer({ text: 'a' }),
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        candidatesTokenCount: 1300,
        totalTokenCount: 1400,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 80 }],
        cacheTokensDetails: [
          { modality: 'TEXT', tokenCount: 20 },
          { modality: 'AUDIO', tokenCount: 40 },
        ],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
      },
    });
    expect(usage).toEqual({
      inputTokens: 100,
      outputTokens: 1300,
      cacheReadTokens: 60,
      inputAudioTokens: 80,
      cacheReadAudioTokens: 40,
      outputImageTokens: 1290,
    });
  });

  it('is no answer where the prompt was blocked', () => {
    const { vendorError } = failureOf(() =>
      decode({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }),
    );
    expect(vendorError).toMatchObject({ kind: 'content_policy', status: 400, code: 'PROHIBITED_CONTENT' });
  });

  it.each(['<html>', '[]', '3', '{}', '{"candidates":[]}'])('is no answer as %s', (text) => {
    expect(failureOf(() => GEMINI_OUTBOUND.decodeResponse(text)).vendorError).toBeUndefined();
  });

  it('is an error in an array, too', () => {
    const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' };
    expect(failureOf(() => decode([{ error }])).vendorError).toMatchObject({
      kind: 'overloaded',
      status: 503,
    });
  });
});

describe('a stream of Gemini', () => {
  const chunk = (parts: object[], rest: object = {}): object => ({
    responseId: 'r',
    modelVersion: 'm',
    candidates: [{ index: 0, content: { parts }, ...rest }],
  });

  it('says each thing once and ends without a marker', () => {
    const events = stream(
      chunk([{ text: 'hm', thought: true }]),
      chunk([{ text: 'a' }]),
      chunk([{ text: '', thoughtSignature: 'AA==' }], { finishReason: 'STOP' }),
      chunk([], { finishReason: 'STOP' }),
    );
    expect(events).toEqual([
      { type: 'start', id: 'r', model: 'm' },
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'text-delta', text: 'a' },
      { type: 'reasoning-signature', encrypted: 'gemini:AA==' },
      { type: 'finish', finish: { reason: 'stop', raw: 'STOP' } },
    ]);
  });

  it('counts calls over all chunks, for each candidate', () => {
    const call = { functionCall: { name: 'f', args: { a: 1 } } };
    const events = stream(
      { candidates: [{ index: 1, content: { parts: [call] } }] },
      { candidates: [{ index: 1, content: { parts: [call] }, finishReason: 'STOP' }] },
    );
    expect(events).toMatchObject([
      { type: 'start' },
      { type: 'tool-call-start', index: 0, id: 'call__1_0', choice: 1 },
      { type: 'tool-call-delta', index: 0, arguments: '{"a":1}', choice: 1 },
      { type: 'tool-call-start', index: 1, id: 'call__1_1', choice: 1 },
      { type: 'tool-call-delta', index: 1, choice: 1 },
      { type: 'finish', finish: { reason: 'tool_calls' }, choice: 1 },
    ]);
  });

  it('stops at an error, at a blocked prompt and at the marker of a relay', () => {
    const error = { error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED' } };
    expect(stream(chunk([{ text: 'a' }]), error, chunk([{ text: 'b' }])).at(-1)).toMatchObject({
      type: 'vendor-error',
      error: { kind: 'rate_limit', status: 429 },
    });
    const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } };
    expect(stream(blocked, chunk([{ text: 'b' }]))).toMatchObject([
      { type: 'start' },
      { type: 'usage', usage: { inputTokens: 3 } },
      { type: 'vendor-error', error: { kind: 'content_policy' } },
    ]);
    expect(stream(chunk([{ text: 'a' }]), '[DONE]', chunk([{ text: 'b' }])).at(-1)).toEqual({
      type: 'end',
    });
  });

  it('reports what is no JSON and goes on', () => {
    expect(stream('{"cand', '3', chunk([{ text: 'a' }]))).toMatchObject([
      { type: 'malformed' },
      { type: 'malformed' },
      { type: 'start' },
      { type: 'text-delta' },
    ]);
  });
});

describe('an error of Gemini', () => {
  it.each([
    [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'credentials'],
    [400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', 'credentials'],
    [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', 'credentials'],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).',
      'context_length',
    ],
    [
      400,
      'INVALID_ARGUMENT',
      'Function call is missing a thought_signature in functionCall parts.',
      'invalid_request',
    ],
    [403, 'PERMISSION_DENIED', "Permission denied: Consumer 'api_key:x' has been suspended.", 'credentials'],
    [429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.', 'no_credit'],
    [
      429,
      'RESOURCE_EXHAUSTED',
      'You exceeded your current quota, please check your plan and billing details.',
      'rate_limit',
    ],
    [500, 'INTERNAL', 'An internal error has occurred.', 'server'],
    [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', 'overloaded'],
    [504, 'DEADLINE_EXCEEDED', 'Deadline expired.', 'server'],
  ])('%i %s %s is %s', (status, word, message, kind) => {
    const body = JSON.stringify({ error: { code: status, message, status: word } });
    const headers = { 'content-type': 'text/event-stream' };
    expect(GEMINI_OUTBOUND.decodeError({ status, headers, body, now: 0 })).toMatchObject({
      kind,
      status,
      message,
    });
  });
});
