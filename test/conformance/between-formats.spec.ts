import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/contract/json.js';
import type { AnswerContext } from '../../src/contract/wire-format.js';
import { decodeSse } from '../../src/formats/sse/decode-sse.js';
import { apiOf, isStream, readRecording, type ChatApi } from './apis.js';
import { CALLERS, exchangeOf, expectSame, type Caller } from './callers.js';
import { readSse } from './expect/read-sse.js';
import { readRecordings } from './read-recordings.js';
import type { Recording } from './recording.js';
import { Report } from './report.js';

const recordings = readRecordings();
/** Answers of APIs that no adapter speaks: they never come through a running gateway, only through its formats. */
const answers = recordings.flatMap((recording) => {
  const api = apiOf(recording);
  if (api === undefined || api.upstream !== undefined || recording.meta.status !== 200) return [];
  return readRecording(api, recording).error === undefined ? [{ api, recording }] : [];
});

describe.skipIf(recordings.length === 0)('recorded answers between formats', () => {
  const report = new Report('between formats, for APIs that no adapter speaks', recordings);
  report.note('openai.responses: read as from a vendor, written for every format of callers');
  report.attach();

  for (const caller of CALLERS) {
    test.each(answers.map((answer) => [answer.recording.name, answer] as const))(
      `%s says the same at ${caller.path}`,
      async (_name, { api, recording }) => {
        const body = new TextEncoder().encode(await tell(caller, api, recording));
        const told = isStream(recording) ? caller.readStream(body) : caller.readBody(body);
        expectSame(caller, readRecording(api, recording), told, exchangeOf(caller, recording));
      },
    );
  }

  test.each(answers.map((answer) => [answer.recording.name, answer] as const))(
    '%s goes on as it is to a caller of the same format',
    async (_name, { api, recording }) => {
      const caller = CALLERS.find(({ format }) => format === api.outbound.name)!;
      const told = await tell(caller, api, recording);
      if (isStream(recording))
        expect(readSse(new TextEncoder().encode(told))).toEqual(readSse(recording.body));
      else expect(told).toBe(new TextDecoder().decode(recording.body));
    },
  );
});

/** What a caller gets of an answer, without the network between. */
async function tell(caller: Caller, api: ChatApi, recording: Recording): Promise<string> {
  const stream = isStream(recording);
  const question = JSON.stringify({ model: 'any', ...caller.members, stream });
  const original = {
    format: caller.format,
    text: question,
    json: JSON.parse(question) as JsonObject,
  };
  const context: AnswerContext = {
    requestId: 'request-1',
    provider: 'vendor',
    model: 'any',
    request: caller.inbound.decodeRequest(original),
    receivedAt: 0,
    priceOf: () => null,
  };
  if (!stream) {
    const result = api.outbound.decodeResponse(new TextDecoder().decode(recording.body));
    return caller.inbound.encodeResponse(result, context);
  }
  const chunks = api.outbound.decodeStream(decodeSse(once(recording.body)));
  let text = '';
  for await (const piece of caller.inbound.encodeStream(chunks, api.outbound.name, context)) text += piece;
  return text;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
