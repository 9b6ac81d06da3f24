import { describe, expect, test } from 'vitest';
import { UnreadableAnswer } from '../../src/contract/wire-format.js';
import type { VendorError } from '../../src/contract/vendor-error.js';
import { decodeVendorError } from '../../src/formats/error/decode-vendor-error.js';
import { apiOf, isStream, readRecording } from './apis.js';
import { decodePieces } from '../support/stream-helpers.js';
import { ERROR_KINDS, isPlainMessage, RETRY_AFTER_MS } from './expect/error-kinds.js';
import { readRecordings } from './read-recordings.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

const recordings = readRecordings();
const named = (list: readonly Recording[]) => list.map((recording) => [recording.name, recording] as const);
const responses = recordings.filter(({ meta }) => meta.status >= 400);
const inside = recordings.filter((recording) => {
  const api = recording.meta.status === 200 ? apiOf(recording) : undefined;
  return api !== undefined && readRecording(api, recording).error !== undefined;
});

describe.skipIf(recordings.length === 0)('recorded errors are understood', () => {
  new Report('errors', recordings).attach();

  test.each(named(responses))('%s is read as what it is', (name, recording) => {
    // Errors of APIs that have no format yet are read the way that all formats share.
    const decode = apiOf(recording)?.outbound.decodeError ?? decodeVendorError;
    const error = decode({
      status: recording.meta.status,
      headers: recording.meta.response_headers,
      body: new TextDecoder().decode(recording.body),
      now: Date.parse(recording.meta.response_headers['date'] ?? '') || 0,
    });
    expect(error.status).toBe(recording.meta.status);
    expectKind(name, error);
    expect(error.retryAfterMs).toBe(RETRY_AFTER_MS[name]);
  });

  test.each(named(inside))('%s is read as what it is, inside a 200', (name, recording) => {
    const error = findError(recording);
    expectKind(name, error);
    expect(error?.status).toBeGreaterThanOrEqual(400);
  });
});

function expectKind(name: string, error: VendorError | undefined): void {
  expect(Object.keys(ERROR_KINDS)).toContain(name);
  expect(error?.kind).toBe(ERROR_KINDS[name]);
  expect(error?.message).toSatisfy(isPlainMessage);
}

function findError(recording: Recording): VendorError | undefined {
  const { outbound } = apiOf(recording)!;
  if (isStream(recording)) {
    const chunks = decodePieces(outbound.createStreamDecoder(), [recording.body]);
    return chunks.flatMap(({ events }) => events).find((event) => event.type === 'vendor-error')?.error;
  }
  try {
    outbound.decodeResponse(new TextDecoder().decode(recording.body));
  } catch (error) {
    if (error instanceof UnreadableAnswer) return error.vendorError;
    throw error;
  }
  return undefined;
}
