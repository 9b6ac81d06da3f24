import type { ProviderSettings } from '../config/gateway-settings.js';
import type { EmbeddingsOutboundFormat } from '../contract/embeddings.js';
import type { OutboundFormat, TargetTraits } from '../contract/wire-format.js';

/** What a vendor needs from the configuration when the file does not say it. */
export interface VendorDefaults {
  /** Without a slash at its end; absent where every installation has its own. */
  readonly baseUrl?: string | undefined;
  /** Absent where there is no model that everybody has. */
  readonly model?: string | undefined;
  /** Whether calls without a key make no sense. */
  readonly keyRequired: boolean;
  /** The vendor's name in the price library; absent where its calls have no public price. */
  readonly priceId?: string | undefined;
}

/** How a vendor makes embeddings. */
export interface EmbeddingsSurface {
  readonly format: EmbeddingsOutboundFormat;
  url(baseUrl: string, model: string, settings: ProviderSettings): string;
}

/**
 * Knows what differs between a vendor and the wire format that it speaks. Injectable and stateless: every method is a
 * pure function of its arguments.
 */
export interface ProviderAdapter {
  /** The vendor names of the configuration that it serves. */
  readonly vendors: readonly string[];
  readonly format: OutboundFormat;
  defaultsOf(vendor: string): VendorDefaults;
  chatUrl(baseUrl: string, model: string, stream: boolean, settings: ProviderSettings): string;
  /** Lower-case header names. */
  authHeaders(secret: string): Readonly<Record<string, string>>;
  traitsOf(vendor: string, model: string): TargetTraits;
  /** Absent where the vendor makes none. */
  readonly embeddings?: EmbeddingsSurface | undefined;
  /** Headers that its list of models demands beside the key. */
  readonly probeHeaders?: Readonly<Record<string, string>> | undefined;
  /** Where the vendor counts the tokens of a request; absent where it does not. */
  tokenCountUrl?(baseUrl: string): string;
}

/** Injection token of the list of all adapters. */
export const PROVIDER_ADAPTERS = Symbol('PROVIDER_ADAPTERS');
