import { asksForReasoning, type ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { InputKind } from '../contract/wire-format.js';
import { messagePath } from '../contract/message-path.js';
import type { Candidate } from './candidate.js';
import type { Plan } from './plan.js';

/**
 * Passes over, before any call, whom the request asks for what it is known not to take. A target that would have to
 * leave out something optional (a forced tool, an enforced JSON Schema, reasoning) comes behind those that take it all.
 * One that cannot take an input at all is no candidate.
 * @throws GatewayError `unsupported_parameter` naming an input that no target of the plan takes
 */
export function fitPlan(plan: Plan, request: ChatRequest): Plan {
  const { candidates } = plan;
  const inputs = candidates.some(({ endpoint, model }) => endpoint.traitsOf(model).input !== undefined)
    ? inputsOf(request)
    : NO_INPUTS;
  const fitting = candidates.filter((candidate) => missingInput(candidate, inputs) === undefined);
  const [first] = candidates;
  if (fitting.length === 0 && first !== undefined) throw noTarget(first, inputs);
  const whole = fitting.filter((candidate) => !isLacking(candidate, request));
  if (fitting.length === candidates.length && (whole.length === candidates.length || whole.length === 0))
    return plan;
  const lacking = fitting.filter((candidate) => !whole.includes(candidate));
  return {
    ...plan,
    candidates: [...whole, ...lacking],
    reasons: new Map([
      ...plan.reasons,
      ...lacking.map(({ ids }): [string, string] => [
        ids['key-model'],
        `cannot take all that is asked; ${plan.reasons.get(ids['key-model']) ?? ''}`,
      ]),
    ]),
    unusable: [...plan.unusable, ...unfit(candidates, fitting, inputs)],
  };
}

/** Where in the request the first input of each kind stands. */
type Inputs = ReadonlyMap<InputKind, string>;

const NO_INPUTS: Inputs = new Map();

function inputsOf(request: ChatRequest): Inputs {
  const inputs = new Map<InputKind, string>();
  for (const [index, { content }] of request.messages.entries()) {
    for (const [position, { type }] of content.entries()) {
      if (type !== 'image' && type !== 'document' && type !== 'audio') continue;
      if (!inputs.has(type)) inputs.set(type, `${messagePath(request, index)}.content[${String(position)}]`);
    }
  }
  return inputs;
}

function missingInput({ endpoint, model }: Candidate, inputs: Inputs): InputKind | undefined {
  const taken = endpoint.traitsOf(model).input;
  return taken === undefined ? undefined : [...inputs.keys()].find((kind) => !taken.includes(kind));
}

/** Providers that are in the plan no more. */
function unfit(
  candidates: readonly Candidate[],
  fitting: readonly Candidate[],
  inputs: Inputs,
): Plan['unusable'] {
  const left = new Set(fitting.map(({ provider }) => provider));
  const gone = new Map(
    candidates
      .filter(({ provider }) => !left.has(provider))
      .map((candidate) => [candidate.provider, missingInput(candidate, inputs)]),
  );
  return [...gone].map(([provider, kind]) => ({ provider, reason: `takes no ${kind ?? 'such'} input` }));
}

function noTarget(candidate: Candidate, inputs: Inputs): GatewayError {
  const kind = missingInput(candidate, inputs) ?? 'image';
  const param = inputs.get(kind);
  return new GatewayError(
    'unsupported_parameter',
    `${param ?? 'messages'} holds an input of the kind ${kind}, which no target of this model takes`,
    { param },
  );
}

/** Whether it would leave out, or only approximate, something of the request. */
function isLacking({ endpoint, model }: Candidate, request: ChatRequest): boolean {
  const traits = endpoint.traitsOf(model);
  return (
    (traits.jsonSchema === false && request.responseFormat?.type === 'json-schema') ||
    (traits.forcedTools === false && isForced(request)) ||
    (traits.thinking === 'none' && asksForReasoning(request) === true)
  );
}

function isForced({ toolChoice }: ChatRequest): boolean {
  return toolChoice?.type === 'required' || toolChoice?.type === 'tool';
}
