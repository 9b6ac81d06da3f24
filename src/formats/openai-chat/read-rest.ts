import type { JsonObject, JsonValue } from '../../contract/json.js';
import {
  byType,
  chosen,
  held,
  heldFlag,
  heldNumber,
  heldObject,
  heldText,
  heldTexts,
  heldWord,
  items,
  members,
  textOr,
  unread,
  type RestOf,
} from '../json/read-rest.js';
import { readString } from '../json/read-json.js';

/** A URL, or a data URI of the one form that is split without a loss. */
export const heldUrl: RestOf = (value) =>
  typeof value === 'string' && (!value.startsWith('data:') || /^data:[^;,]*;base64,/.test(value))
    ? undefined
    : value;

const file = chosen((value) =>
  readString(value['file_id']) === ''
    ? members({ filename: heldText, file_data: heldUrl })
    : members({ filename: heldText, file_id: heldText }),
);

const marker = { cache_control: heldObject };

/** Of an unknown type: kept as it came. */
const foreignPart = chosen(({ type }) => (typeof type === 'string' ? held : unread));

const CONTENT_PARTS: Readonly<Record<string, RestOf>> = {
  text: members({ type: held, text: heldText, ...marker }),
  image_url: members({
    type: held,
    image_url: (value) =>
      typeof value === 'string' ? heldUrl(value) : members({ url: heldUrl, detail: heldText })(value),
    ...marker,
  }),
  input_audio: members({ type: held, input_audio: members({ data: heldText, format: heldText }) }),
  file: members({ type: held, file, ...marker }),
  input_text: unread,
  output_text: unread,
  refusal: unread,
  thinking: unread,
};

const content = textOr(items(textOr(byType(CONTENT_PARTS, foreignPart))));
const said = textOr(
  items(
    textOr(byType({ ...CONTENT_PARTS, refusal: members({ type: held, refusal: heldText }) }, foreignPart)),
  ),
);

const toolCall = chosen((value) =>
  value['custom'] === undefined || value['custom'] === null
    ? members({
        type: heldWord('function'),
        id: heldText,
        function: members({ name: heldText, arguments: heldText }),
        ...marker,
      })
    : members({
        type: heldWord('custom'),
        id: heldText,
        custom: members({ name: heldText, input: heldText }),
        ...marker,
      }),
);

const told = members({ role: held, content, name: heldText });
const message = chosen(({ role }) => {
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return told;
    case 'assistant':
      // What vendors write beside it (reasoning, `prefix`, a legacy call) differs from one to the next.
      return members({
        role: held,
        content: said,
        name: heldText,
        refusal: heldText,
        audio: heldObject,
        tool_calls: items(toolCall),
      });
    case 'tool':
      return members({ role: held, content, tool_call_id: heldText, ...marker });
    default:
      return unread;
  }
});

const tool = chosen((value) => {
  // No function: kept as it came.
  if (value['function'] === undefined || value['function'] === null) return held;
  return members({
    type: heldWord('function'),
    function: members({ name: heldText, description: heldText, parameters: heldObject, strict: heldFlag }),
    ...marker,
  });
});

const sort: RestOf = textOr(members({ by: heldText }));

const BODY: Readonly<Record<string, RestOf>> = {
  model: held,
  models: heldTexts,
  provider: textOr(
    members({ order: heldTexts, only: heldTexts, ignore: heldTexts, allow_fallbacks: heldFlag, sort }),
  ),
  messages: items(message),
  stream: held,
  // Of the frames, not of the answer.
  stream_options: held,
  tools: items(tool),
  // The answer has another shape then.
  functions: unread,
  function_call: unread,
  tool_choice: (value) =>
    typeof value === 'string'
      ? heldWord('auto', 'none', 'required')(value)
      : members({ type: heldWord('function'), function: members({ name: heldText }) })(value),
  parallel_tool_calls: heldFlag,
  response_format: byType(
    {
      text: members({ type: held }),
      json_object: members({ type: held }),
      json_schema: members({
        type: held,
        json_schema: members({ name: heldText, description: heldText, schema: heldObject, strict: heldFlag }),
      }),
    },
    unread,
  ),
  max_tokens: heldNumber,
  max_completion_tokens: heldNumber,
  temperature: heldNumber,
  top_p: heldNumber,
  top_k: heldNumber,
  stop: heldTexts,
  seed: heldNumber,
  frequency_penalty: heldNumber,
  presence_penalty: heldNumber,
  logit_bias: heldObject,
  logprobs: heldFlag,
  top_logprobs: heldNumber,
  n: heldNumber,
  reasoning_effort: heldText,
  // Their members overrule each other, and each vendor knows others.
  reasoning: unread,
  thinking: unread,
  service_tier: heldText,
  user: heldText,
  metadata: held,
};

/** What it does not name is an extension. */
const body = members(BODY, held);
/** Of members that say the same by two names the reading holds one. */
const bodyWithSynonyms = members({ ...BODY, max_tokens: unread, reasoning_effort: unread }, held);

/** As `InboundFormat.readRest`. */
export function readRest(json: JsonObject): JsonValue | undefined {
  const hasSynonyms =
    (json['max_tokens'] != null && json['max_completion_tokens'] != null) ||
    (json['reasoning_effort'] != null && (json['reasoning'] != null || json['thinking'] != null));
  return hasSynonyms ? bodyWithSynonyms(json) : body(json);
}
