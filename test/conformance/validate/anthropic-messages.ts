export const findAnthropicFaults = (_request: unknown): readonly string[] => [];
