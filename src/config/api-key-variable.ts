/**
 * The environment variable that holds a vendor's keys: `one-api` to `ONE_API_API_KEY`. Behind `openai-compatible` is
 * a different vendor each time, so there the name of the provider counts.
 */
export function apiKeyVariable(vendor: string, providerName: string): string {
  const owner = vendor === 'openai-compatible' ? providerName : vendor;
  return `${owner.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY`;
}
