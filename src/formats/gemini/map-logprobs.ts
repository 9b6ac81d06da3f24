import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';

/** Reads `logprobsResult` as OpenAI's `logprobs` object. */
export function decodeLogprobs(value: JsonValue | undefined): JsonObject | undefined {
  const result = readObject(value);
  const chosen = readArray(result?.['chosenCandidates']);
  if (chosen.length === 0) return undefined;
  const tops = readArray(result?.['topCandidates']);
  const content = chosen.filter(isJsonObject).map((candidate, index) => ({
    ...toToken(candidate),
    top_logprobs: readArray(readObject(tops[index])?.['candidates']).filter(isJsonObject).map(toToken),
  }));
  return { content };
}

function toToken(candidate: JsonObject): JsonObject {
  const token = readString(candidate['token']);
  return {
    token,
    logprob: readNumber(candidate['logProbability']) ?? 0,
    bytes: [...Buffer.from(token, 'utf8')],
  };
}
