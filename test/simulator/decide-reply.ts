import { composeAnswer } from './answer.ts';
import { applyFault } from './apply-fault.ts';
import { findComplaint, isKeyAccepted, readKey } from './check-request.ts';
import type { AnswerSettings, Fault } from './fault.ts';
import { CREATED_SECONDS } from './format.ts';
import { numbers } from './formats/numbers.ts';
import { isObject, tryParse } from './json.ts';
import { readQuestion } from './question.ts';
import { toJsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';
import { findRoute, formatOf } from './routes.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { toVendorError } from './vendor-error.ts';
import type { VendorStyle } from './vendor-error.ts';

export interface DecisionInput {
  readonly options: SimulatorOptions;
  readonly settings: AnswerSettings;
  readonly name: string;
  readonly serial: number;
  readonly entry: LoggedRequest;
  readonly url: URL;
  readonly takeBehaviour: (model: string, key: string) => { model: string; fault: Fault };
}

export interface Decision {
  readonly reply: Reply;
  readonly fault: Fault;
}

const NO_FAULT: Fault = { kind: 'ok' };

/** Decides the whole answer to a request and fills in what its log entry says about it. */
export function decideReply(input: DecisionInput): Decision {
  const { options, entry, url } = input;
  const flavour = options.flavour ?? 'openai';
  const style: VendorStyle = options.format === 'openai' ? flavour : options.format;
  const key = readKey(options.format, entry.headers, url.searchParams);
  entry.key = key;
  const errorOptions = { key, serial: input.serial };
  const fail = (name: 'bad-key' | number, message?: string, model = ''): Decision => ({
    reply: toVendorError(style, name, {
      ...errorOptions,
      model,
      ...(message === undefined ? {} : { message }),
    }),
    fault: NO_FAULT,
  });

  if (entry.method === 'GET') {
    if (!url.pathname.endsWith('/models')) return fail(404, `Unknown request URL: GET ${url.pathname}`);
    return isKeyAccepted(key) ? { reply: listModels(options), fault: NO_FAULT } : fail('bad-key');
  }
  const route = entry.method === 'POST' ? findRoute(options.format, url.pathname) : null;
  if (!route) return fail(404, `Unknown request URL: ${entry.method} ${url.pathname}`);
  const parsed = tryParse(entry.rawBody);
  entry.body = parsed;
  const body = isObject(parsed) ? parsed : {};
  entry.model = route.modelOf(body);
  const { model, fault } = input.takeBehaviour(entry.model, key);
  entry.fault = fault.kind;
  const question = readQuestion(route.surface, body, model, route.isStream(body));
  if (fault.kind === 'ok') {
    if (!isKeyAccepted(key)) return fail('bad-key');
    if (!isObject(parsed)) return fail(400, 'We could not parse the JSON body of your request.');
    const complaint = findComplaint(question, entry.headers);
    if (complaint !== null) return fail(400, complaint, model);
  }
  const settings: AnswerSettings = { ...input.settings, ...fault };
  const format = formatOf(route.surface, flavour);
  const huge = fault.kind === 'huge-line' ? { answer: 'x'.repeat(fault.bytes), chunks: 1 } : {};
  const answer = composeAnswer(question, { ...settings, ...huge }, input.name, input.serial);
  const context = {
    format: format ?? numbers,
    style,
    question: format ? question : { ...question, stream: false },
    answer,
    key,
  };
  return { reply: applyFault(context, { ...paceOf(input.settings), ...fault }), fault };
}

/** The settings that concern how an answer is sent, not what it says. */
function paceOf(settings: AnswerSettings): AnswerSettings {
  const { chunkDelayMs, burst, split, headers } = settings;
  return {
    ...(chunkDelayMs === undefined ? {} : { chunkDelayMs }),
    ...(burst === undefined ? {} : { burst }),
    ...(split === undefined ? {} : { split }),
    ...(headers === undefined ? {} : { headers }),
  };
}

function listModels(options: SimulatorOptions): Reply {
  const models = options.models ?? ['simulated'];
  switch (options.format) {
    case 'openai': {
      const data = models.map((id) => ({
        id,
        object: 'model',
        created: CREATED_SECONDS,
        owned_by: 'simulator',
      }));
      return toJsonReply(200, { object: 'list', data });
    }
    case 'anthropic': {
      const created = new Date(CREATED_SECONDS * 1000).toISOString();
      const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: created }));
      return toJsonReply(200, {
        data,
        has_more: false,
        first_id: models[0] ?? null,
        last_id: models.at(-1) ?? null,
      });
    }
    case 'gemini':
      return toJsonReply(200, {
        models: models.map((id) => ({
          name: `models/${id}`,
          displayName: id,
          supportedGenerationMethods: ['generateContent', 'countTokens'],
        })),
      });
  }
}
