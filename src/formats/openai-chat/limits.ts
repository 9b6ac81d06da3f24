/** OpenAI refuses longer tool names and call ids; others are no stricter. */
export const MAX_TOOL_NAME = 64;
export const MAX_TOOL_CALL_ID = 40;
