import { afterAll, describe, expect, test } from 'vitest';
import type { Usage } from '../../src/contract/usage.js';
import { decodeGeminiEmbeddings } from '../../src/formats/gemini/decode-embeddings.js';
import { decodeEmbeddingsResponse } from '../../src/formats/openai-embeddings/decode-response.js';
import { AnthropicAdapter } from '../../src/providers/anthropic/anthropic.adapter.js';
import { AzureOpenaiAdapter } from '../../src/providers/azure-openai/azure-openai.adapter.js';
import { DeepseekAdapter } from '../../src/providers/deepseek/deepseek.adapter.js';
import { GeminiAdapter } from '../../src/providers/gemini/gemini.adapter.js';
import { OpenaiCompatibleAdapter } from '../../src/providers/openai-compatible/openai-compatible.adapter.js';
import { PRESETS } from '../../src/providers/openai-compatible/presets.js';
import { OpenaiAdapter } from '../../src/providers/openai/openai.adapter.js';
import { PriceBook } from '../../src/usage/price-book.js';
import { ManualClock } from '../support/manual-clock.js';
import { apiNameOf, apiOf, isStream } from './apis.js';
import { decodePieces } from '../support/stream-helpers.js';
import { present } from './expect/json.js';
import { computeExpectedCost, findPrices } from './expect/price.js';
import { readSaid, type Said, type SaidUsage } from './expect/usage.js';
import { readRecordings, RECORDINGS_FOLDER } from './read-recordings.js';
import type { Recording } from './recording.js';

/** By day and by night, as some prices differ. */
const TIMES = [Date.UTC(2026, 10, 1, 12), Date.UTC(2026, 10, 1, 20)];

/** The recordings' vendors that sell by the token, by their name in the price library. */
const PRICE_IDS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  azure: 'azure',
  deepseek: 'deepseek',
  gemini: 'google',
  groq: 'groq',
  mistral: 'mistral',
  moonshot: 'moonshotai',
  openai: 'openai',
  openrouter: 'openrouter',
  xai: 'x-ai',
};

const compatible = new OpenaiCompatibleAdapter(PRESETS);
const SLUICE_PRICE_IDS: Readonly<Record<string, string | undefined>> = {
  anthropic: new AnthropicAdapter().defaultsOf().priceId,
  azure: new AzureOpenaiAdapter().defaultsOf().priceId,
  deepseek: new DeepseekAdapter().defaultsOf().priceId,
  gemini: new GeminiAdapter().defaultsOf().priceId,
  openai: new OpenaiAdapter().defaultsOf().priceId,
  ...Object.fromEntries(
    ['groq', 'mistral', 'moonshot', 'openrouter', 'xai'].map((vendor) => [
      vendor,
      compatible.defaultsOf(vendor).priceId,
    ]),
  ),
};

interface Decoded {
  readonly usage: Usage | undefined;
  readonly model: string;
}

const recordings = readRecordings();
const compared = recordings
  .filter((recording) => skipReasonOf(recording) === undefined)
  .map((recording) => [recording.name, recording] as const);

if (recordings.length === 0) {
  process.stdout.write(`\ncosts: skipped, there are no recordings in ${RECORDINGS_FOLDER}\n`);
}

describe.skipIf(recordings.length === 0)('recorded answers cost what their vendors take', () => {
  const tally = new Map<string, { recordings: number; priced: number; told: number; agreed: number }>();

  test.each(compared)(
    '%s has the tokens of every kind and the cost that the raw answer comes to',
    (_name, recording) => {
      const { vendor } = recording.meta;
      const priceId = PRICE_IDS[vendor]!;
      const said = readSaid(recording);
      const decoded = decode(recording);
      expect(toSaidUsage(decoded.usage)).toEqual(said.usage);
      if (said.usage !== undefined) expect(decoded.model).toBe(said.model);

      const asked = askedModel(recording);
      const target = { prices: {}, priceId: SLUICE_PRICE_IDS[vendor], model: asked };
      const costs = TIMES.map((time) =>
        new PriceBook(new ManualClock(time)).costOf(target, decoded.model, decoded.usage),
      );
      const expected = TIMES.map((time) => expectedCost(priceId, [said.model, asked], said, new Date(time)));
      expect(costs).toEqual(expected);
      count(vendor, expected[0] ?? null, said.ownCost);
    },
  );

  test('almost all of them have a price, and most are what the vendor itself tells', () => {
    const all = [...tally.values()];
    const sum = (name: 'recordings' | 'priced' | 'told' | 'agreed'): number =>
      all.reduce((total, entry) => total + entry[name], 0);
    expect(sum('priced') / sum('recordings')).toBeGreaterThan(0.8);
    expect(sum('agreed') / sum('told')).toBeGreaterThan(0.5);
  });

  afterAll(() => {
    const lines = [...tally].map(([vendor, { recordings, priced, told, agreed }]) => {
      const own = told === 0 ? '' : `; ${agreed} of ${told} costs that the vendor tells are the same`;
      return `  ${vendor}: ${recordings} recordings compared, ${priced} with a known cost${own}`;
    });
    process.stdout.write(`\nconformance: costs\n${[...lines, ...describeOthers()].join('\n')}\n`);
  });

  function count(vendor: string, cost: number | null, ownCost: number | undefined): void {
    const entry = tally.get(vendor) ?? { recordings: 0, priced: 0, told: 0, agreed: 0 };
    entry.recordings += 1;
    if (cost !== null) entry.priced += 1;
    if (cost !== null && ownCost !== undefined) entry.told += 1;
    if (cost !== null && cost === ownCost) entry.agreed += 1;
    tally.set(vendor, entry);
  }
});

function decode(recording: Recording): Decoded {
  const text = new TextDecoder().decode(recording.body);
  const api = apiOf(recording);
  if (api === undefined) {
    const decodeEmbeddings =
      recording.meta.vendor === 'gemini' ? decodeGeminiEmbeddings : decodeEmbeddingsResponse;
    return decodeEmbeddings(text) as Decoded;
  }
  if (!isStream(recording)) return api.outbound.decodeResponse(text) as Decoded;
  const events = decodePieces(api.outbound.createStreamDecoder(), [recording.body]).flatMap(
    (chunk) => chunk.events,
  );
  const start = events.find((event) => event.type === 'start');
  const usage = events.findLast((event) => event.type === 'usage');
  return { usage: usage?.usage, model: start?.model ?? '' };
}

function expectedCost(priceId: string, models: readonly string[], { usage }: Said, at: Date): number | null {
  if (usage?.input === undefined && usage?.output === undefined) return null;
  const prices = models.map((model) => findPrices(priceId, model, at)).find((found) => found !== undefined);
  return prices === undefined ? null : computeExpectedCost(prices, usage);
}

function toSaidUsage(usage: Usage | undefined): SaidUsage | undefined {
  return (
    usage &&
    present<SaidUsage>({
      input: usage.inputTokens,
      output: usage.outputTokens,
      cacheRead: usage.cacheReadTokens,
      cacheWrite: usage.cacheWriteTokens,
      cacheWrite1h: usage.cacheWrite1hTokens,
      reasoning: usage.reasoningTokens,
      inputAudio: usage.inputAudioTokens,
      outputAudio: usage.outputAudioTokens,
      webSearches: usage.webSearches,
    })
  );
}

/** As the caller named it: in the body, or in the address. */
function askedModel({ meta }: Recording): string {
  return (meta.model ?? '').replace(/^models\//, '');
}

function skipReasonOf(recording: Recording): string | undefined {
  const { meta, name } = recording;
  if (meta.status !== 200) return 'errors, which use nothing';
  const api = apiNameOf(recording);
  if (api === undefined || api === 'anthropic.count_tokens')
    return 'no answers of a model that Sluice asks for';
  if (PRICE_IDS[meta.vendor] === undefined) return 'vendors without prices in the library';
  if (meta.vendor === 'gemini' && !meta.api.startsWith('gemini.')) return "not of the vendor's own format";
  return name === 'gemini/safety-block' ? 'a refused prompt, which is an error to Sluice' : undefined;
}

function describeOthers(): readonly string[] {
  const others = Map.groupBy(recordings, skipReasonOf);
  others.delete(undefined);
  return [...others].map(([reason, group]) => `  not compared (${group.length}): ${reason}`);
}
