/** The wire formats that Sluice reads and writes; each has a folder of its name under `formats/`. */
export type WireFormatName =
  'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini' | 'simple-chat';
