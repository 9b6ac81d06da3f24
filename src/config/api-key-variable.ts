/**
 * The environment variable that holds a vendor's keys: `one-api` to `ONE_API_API_KEY`. Behind `openai-compatible` is
 * a different vendor each time, so there the name of the provider counts; `openai-responses` is another API of `openai`.
 */
export function apiKeyVariable(vendor: string, providerName: string): string {
  const owner = vendor === 'openai-compatible' ? providerName : vendor.replace(/-responses$/, '');
  return `${owner.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY`;
}
