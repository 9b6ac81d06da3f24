import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
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

const marker = { cache_control: heldObject };

const text = members({ type: held, text: heldText, ...marker });
const source = byType(
  {
    base64: members({ type: held, media_type: heldText, data: heldText }),
    url: members({ type: held, url: heldText }),
    file: members({ type: held, file_id: heldText }),
    text: members({ type: held, media_type: heldText, data: heldText }),
  },
  unread,
);

const CONTENT_BLOCKS: Readonly<Record<string, RestOf>> = {
  text,
  image: members({ type: held, source, ...marker }),
  document: members({ type: held, source, title: heldText, ...marker }),
  // Read as documents, which loses what they were.
  search_result: unread,
};

/** Of an unknown type: kept as it came. */
const contentBlock = byType(CONTENT_BLOCKS, held);

const userBlock = byType(
  {
    ...CONTENT_BLOCKS,
    tool_result: members({
      type: held,
      tool_use_id: heldText,
      content: textOr(items(contentBlock)),
      is_error: heldFlag,
      ...marker,
    }),
  },
  held,
);

const assistantBlock = byType(
  {
    ...CONTENT_BLOCKS,
    tool_use: members({ type: held, id: heldText, name: heldText, input: heldObject, ...marker }),
    // A signature that is ours is not read.
    thinking: unread,
    redacted_thinking: members({ type: held, data: heldText }),
  },
  held,
);

/** Results are read before what else their turn says. */
const userContent: RestOf = textOr((value) => (isInOrder(value) ? items(userBlock)(value) : value));

function isInOrder(content: JsonValue): boolean {
  if (!Array.isArray(content)) return true;
  const isResult = content.map((block) => isJsonObject(block) && block['type'] === 'tool_result');
  return isResult.lastIndexOf(true) < (isResult.includes(false) ? isResult.indexOf(false) : isResult.length);
}

const message = chosen(({ role }) => {
  switch (role) {
    case 'user':
      return members({ role: held, content: userContent });
    case 'assistant':
      return members({ role: held, content: textOr(items(assistantBlock)) });
    case 'system':
      return members({ role: held, content: textOr(items(text)) });
    default:
      return unread;
  }
});

const tool = chosen(({ type }) => {
  // A tool of Anthropic's own: kept as it came.
  if (typeof type === 'string' && type !== 'custom') return held;
  return members({
    type: held,
    name: heldText,
    description: heldText,
    input_schema: heldObject,
    strict: heldFlag,
    ...marker,
  });
});

const body = members(
  {
    model: held,
    models: heldTexts,
    provider: held,
    messages: items(message),
    system: textOr(items(text)),
    max_tokens: heldNumber,
    stream: held,
    temperature: heldNumber,
    top_p: heldNumber,
    top_k: heldNumber,
    stop_sequences: heldTexts,
    tools: items(tool),
    tool_choice: members({
      type: heldWord('auto', 'none', 'any', 'tool'),
      name: heldText,
      disable_parallel_tool_use: heldFlag,
    }),
    thinking: members({ type: heldText, budget_tokens: heldNumber, display: heldText }),
    output_config: members({
      effort: heldText,
      format: members({ type: heldWord('json_schema'), schema: heldObject }),
    }),
    output_format: unread,
    metadata: held,
    // `standard_only` and `standard` read alike.
    service_tier: heldWord('auto', 'standard_only'),
  },
  // An extension.
  held,
);

/** As `InboundFormat.readRest`. */
export function readRest(json: JsonObject): JsonValue | undefined {
  return body(json);
}
