import { describe, expect, test } from 'vitest';
import { toChunks } from '../../src/cache/to-chunks.js';
import { toResult } from '../../src/cache/to-result.js';
import { apiOf, isStream } from './apis.js';
import { collectEvents, toReading } from './collect.js';
import { decodePieces } from '../support/stream-helpers.js';
import { readRecordings } from './read-recordings.js';

const chat = readRecordings()
  .filter(({ meta }) => meta.status === 200)
  .flatMap((recording) => {
    const api = apiOf(recording);
    return api === undefined ? [] : [[recording.name, { api, recording }] as const];
  });

describe.skipIf(chat.length === 0)('recorded answers say the same in their other shape', () => {
  test.each(chat.filter(([, { recording }]) => !isStream(recording)))(
    '%s as a stream',
    (_name, { api, recording }) => {
      const result = api.outbound.decodeResponse(new TextDecoder().decode(recording.body));
      const chunks = toChunks(result);
      const hasMedia = result.choices.some(({ content }) => content.some(({ type }) => type === 'image'));
      expect(chunks === undefined).toBe(hasMedia);
      if (chunks !== undefined)
        expect(collectEvents(chunks.flatMap(({ events }) => events))).toEqual(toReading(result));
    },
  );

  test.each(chat.filter(([, { recording }]) => isStream(recording)))(
    '%s as a whole answer',
    (_name, { api, recording }) => {
      const chunks = decodePieces(api.outbound.createStreamDecoder(), [recording.body]);
      const said = collectEvents(chunks.flatMap(({ events }) => events));
      if (said.error !== undefined) return;
      expect({ ...toReading(toResult(chunks)), isEnded: said.isEnded }).toEqual(said);
    },
  );
});
