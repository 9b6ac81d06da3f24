import type { ProviderEndpoint, ProviderKey } from '../providers/provider-endpoint.js';

/** What a rest can cover, from wide to narrow. */
export type RestScope = (typeof REST_SCOPES)[number];
export const REST_SCOPES = ['provider', 'target', 'key', 'key-model'] as const;

/** A provider, a model of it and a key: one way to serve a request. */
export class Candidate {
  /** Names of what can rest, by scope. They hold no secret and survive a reload of the configuration. */
  readonly ids: Readonly<Record<RestScope, string>>;

  constructor(
    readonly endpoint: ProviderEndpoint,
    readonly model: string,
    readonly key: ProviderKey,
  ) {
    const provider = endpoint.name;
    this.ids = {
      provider,
      target: `${provider}/${model}`,
      key: `${provider}#${key.hint}`,
      'key-model': `${provider}/${model}#${key.hint}`,
    };
  }

  get provider(): string {
    return this.endpoint.name;
  }

  /** Whether the other candidate lies within the given scope of this one. */
  shares(scope: RestScope, other: Candidate): boolean {
    return this.ids[scope] === other.ids[scope];
  }
}
