/** What all vendors with OpenAI's surface share. */
export function openAiChatUrl(baseUrl: string): string {
  return `${baseUrl}/chat/completions`;
}

export function bearerHeaders(secret: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${secret}` };
}
