export const findOpenaiChatFaults = (_request: unknown): readonly string[] => [];
