/** What a message costs beside its text, as OpenAI's cookbook counts it. */
export const TOKENS_PER_MESSAGE = 4;
/** A picture of usual size, or some pages; vendors count by pixels and pages, which nobody here decodes. */
export const TOKENS_PER_IMAGE = 1_000;
/** Half a minute to a minute of sound. */
export const TOKENS_PER_SOUND = 1_000;
