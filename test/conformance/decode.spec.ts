import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBytes } from '../simulator/split.ts';
import { apiOf, isStream, readRecording, type ChatApi } from './apis.js';
import { collectEvents, toReading } from './collect.js';
import { decodePieces } from '../support/stream-helpers.js';
import { readRecordings, RECORDINGS_FOLDER } from './read-recordings.js';
import type { Reading } from './reading.js';
import { isCallId } from './callers.js';
import { describeSkipped, Report } from './report.js';

/** Streams up to this size are cut at every single offset. */
const SMALL = 8 * 1024;

const recordings = readRecordings();
const answers = recordings.filter(({ meta }) => meta.status === 200);
const chat = answers.flatMap((recording) => {
  const api = apiOf(recording);
  return api === undefined ? [] : [[recording.name, { api, recording }] as const];
});
const plain = chat.filter(([, { recording }]) => !isStream(recording));
const streams = chat.filter(([, { recording }]) => isStream(recording));

if (recordings.length === 0) {
  process.stdout.write(`\nconformance: skipped, there are no recordings in ${RECORDINGS_FOLDER}\n`);
}

describe.skipIf(recordings.length === 0)('recorded answers are decoded to what they say', () => {
  const report = new Report('decoding', recordings);
  for (const line of describeSkipped(recordings)) report.note(line);
  report.attach();

  test.each(plain)('%s is read as an independent reader reads it', (_name, { api, recording }) => {
    const result = api.outbound.decodeResponse(new TextDecoder().decode(recording.body));
    const said = readRecording(api, recording);
    expect(withVendorIds(api, toReading(result), said)).toEqual(said);
  });

  test.each(streams)('%s streams what an independent reader reads', (_name, { api, recording }) => {
    const chunks = decodePieces(api.outbound.createStreamDecoder(), [recording.body]);
    const said = readRecording(api, recording);
    const told = collectEvents(chunks.flatMap(({ events }) => events));
    expect(withVendorIds(api, told, said)).toEqual(said);
  });

  test.each(streams.filter(([, { recording }]) => recording.body.length <= SMALL))(
    '%s says the same when it is cut in two at any offset, and at every one',
    (_name, { api, recording: { body } }) => {
      const whole = JSON.stringify(decodePieces(api.outbound.createStreamDecoder(), [body]));
      for (let offset = 1; offset < body.length; offset += 1) {
        const pieces = [body.subarray(0, offset), body.subarray(offset)];
        const cut = JSON.stringify(decodePieces(api.outbound.createStreamDecoder(), pieces));
        if (cut !== whole) expect.soft(cut, `cut at ${offset}`).toBe(whole);
      }
      expect(
        JSON.stringify(decodePieces(api.outbound.createStreamDecoder(), splitBytes(body, 'every-byte'))),
      ).toBe(whole);
    },
    60_000,
  );

  test.each(streams.filter(([, { recording }]) => recording.body.length > SMALL))(
    '%s says the same however it is cut',
    (_name, { api, recording: { body } }) => {
      const whole = JSON.stringify(decodePieces(api.outbound.createStreamDecoder(), [body]));
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.integer({ min: 1, max: body.length - 1 }), { maxLength: 40 }),
          (offsets) => {
            const pieces = splitBytes(body, offsets);
            expect(JSON.stringify(decodePieces(api.outbound.createStreamDecoder(), pieces)) === whole).toBe(
              true,
            );
          },
        ),
        { numRuns: 25, seed: 1 },
      );
    },
    60_000,
  );
});

/** With the vendor's own ids of tool calls, where the format may make others of them. */
function withVendorIds(api: ChatApi, told: Reading, said: Reading): Reading {
  if (api.hasSignedCallIds !== true) return told;
  const answers = told.answers.map((answer, index) => ({
    ...answer,
    toolCalls: answer.toolCalls.map((call, place) => {
      const own = said.answers[index]?.toolCalls[place]?.id ?? '';
      return isCallId(call.id, own, true) ? { ...call, id: own } : call;
    }),
  }));
  return { ...told, answers };
}
