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
import { heldUrl } from '../openai-chat/read-rest.js';

/** Of an unknown type: kept as it came. */
const foreign = chosen(({ type }) => (typeof type === 'string' ? held : unread));

const text = members({ type: held, text: heldText });
const file = chosen((value) => {
  const about = { type: held, filename: heldText };
  if (readString(value['file_id']) !== '') return members({ ...about, file_id: heldText });
  if (readString(value['file_url']) !== '') return members({ ...about, file_url: heldUrl });
  return members({ ...about, file_data: heldUrl });
});
const CONTENT_PARTS: Readonly<Record<string, RestOf>> = {
  input_text: text,
  output_text: text,
  text,
  input_image: chosen((value) =>
    readString(value['file_id']) === ''
      ? members({ type: held, image_url: heldUrl, detail: heldText })
      : members({ type: held, file_id: heldText, detail: heldText }),
  ),
  input_file: file,
  input_audio: members({ type: held, input_audio: members({ data: heldText, format: heldText }) }),
  // What a user refuses reads as a text.
  refusal: unread,
};
const content = textOr(items(byType(CONTENT_PARTS, foreign)));
const said = textOr(
  items(byType({ ...CONTENT_PARTS, refusal: members({ type: held, refusal: heldText }) }, foreign)),
);

const message = chosen(({ role }) =>
  members({ type: held, role: held, content: role === 'assistant' ? said : content }),
);
/** Items of built-in tools are kept as they came; ids and states of the known ones are not read. */
const item = chosen((value) => {
  switch (value['type'] ?? 'message') {
    case 'message':
      return message;
    case 'reasoning':
      return unread;
    case 'function_call':
      return members({ type: held, call_id: heldText, name: heldText, arguments: heldText });
    case 'custom_tool_call':
      return members({ type: held, call_id: heldText, name: heldText, input: heldText });
    case 'function_call_output':
      return members({ type: held, call_id: heldText, output: content });
    case 'custom_tool_call_output':
      // Reads as a function's.
      return unread;
    default:
      return held;
  }
});

const tool = byType(
  {
    function: members({
      type: held,
      name: heldText,
      description: heldText,
      parameters: heldObject,
      strict: heldFlag,
    }),
  },
  held,
);

const body = members(
  {
    model: held,
    models: heldTexts,
    provider: heldText,
    input: textOr(items(item)),
    instructions: heldText,
    stream: held,
    // Of the frames, not of the answer.
    stream_options: held,
    store: held,
    background: held,
    tools: items(tool),
    tool_choice: (value) =>
      typeof value === 'string'
        ? heldWord('auto', 'none', 'required')(value)
        : members({ type: heldWord('function'), name: heldText })(value),
    parallel_tool_calls: heldFlag,
    text: members({
      verbosity: heldText,
      format: byType(
        {
          text: members({ type: held }),
          json_object: members({ type: held }),
          json_schema: members({
            type: held,
            name: heldText,
            description: heldText,
            schema: heldObject,
            strict: heldFlag,
          }),
        },
        unread,
      ),
    }),
    // Two names of one setting.
    reasoning: members({ effort: heldText, summary: heldText, generate_summary: unread }),
    max_output_tokens: heldNumber,
    temperature: heldNumber,
    top_p: heldNumber,
    top_logprobs: heldNumber,
    // One of its words is a setting that another member implies.
    include: unread,
    truncation: heldText,
    service_tier: heldText,
    user: heldText,
    metadata: held,
  },
  // An extension.
  held,
);

/** As `InboundFormat.readRest`. */
export function readRest(json: JsonObject): JsonValue | undefined {
  return body(json);
}
