/** OpenTelemetry's name for what a request of a wire format asks for. */
export function operationOf(format: string): 'chat' | 'embeddings' {
  return format === 'openai-embeddings' ? 'embeddings' : 'chat';
}
