import { describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes } from '../../test/support/make-routes.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import type { JsonObject } from '../contract/json.js';
import { fitPlan } from './fit-plan.js';
import type { Plan } from './plan.js';

const routes = makeRoutes(`
providers:
  - { name: approximate, vendor: deepseek, api_keys: [a], model: small }
  - { name: exact, vendor: openai, api_keys: [b], model: large }
`);
const approximate = candidateOf(routes, 'approximate');
const exact = candidateOf(routes, 'exact');
const plan: Plan = {
  holdsFor: 'all',
  routing: routes.settings.routing,
  onContentFilter: 'stop',
  streamCommit: 'first-content',
  hedgeAfterMs: undefined,
  candidates: [approximate, exact],
  conversation: undefined,
  origin: undefined,
  reasons: new Map([[approximate.ids['key-model'], 'first of the file']]),
  unusable: [],
};

const asking = (members: JsonObject): ChatRequest => {
  const json = { messages: [{ role: 'user', content: 'hi' }], ...members };
  return OPENAI_CHAT_INBOUND.decodeRequest({ format: 'openai-chat', text: JSON.stringify(json), json });
};
const SCHEMA = {
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: { type: 'object' } },
  },
};

describe('fitPlan', () => {
  test('leaves a plan alone whose targets take all that is asked', () => {
    expect(fitPlan(plan, asking({}))).toBe(plan);
    expect(fitPlan(plan, asking({ response_format: { type: 'json_object' } }))).toBe(plan);
  });

  test('puts who would only approximate a JSON Schema behind those that enforce it, and says why', () => {
    const fitted = fitPlan(plan, asking(SCHEMA));
    expect(fitted.candidates).toEqual([exact, approximate]);
    expect(fitted.reasons.get(approximate.ids['key-model'])).toBe(
      'cannot take all that is asked; first of the file',
    );
  });

  test('keeps the order where nobody takes all of it', () => {
    const alone = { ...plan, candidates: [approximate] };
    expect(fitPlan(alone, asking(SCHEMA))).toBe(alone);
  });
});
