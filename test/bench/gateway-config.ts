/** The model of every request: it has a price, so that the cost is worked out. */
export const MODEL = 'bench';

/** What callers present. */
export const SECRET = 'bench-gateway-secret';

/** A route whose first provider refuses connections, and whose second answers. */
export const FAILOVER_ROUTE = 'failover';

/** One provider for each behaviour of the upstream, as the first segment of the base URL's path. */
export const BEHAVIOURS = [
  'json',
  'stream-10',
  'stream-100',
  'stream-1000',
  'stream-100-gap-3',
  'anthropic-100',
  'anthropic-100-gap-3',
  'stream-50-gap-40-hold-1',
  'stream-50-gap-40-hold-10',
  'stream-50-gap-40-hold-100',
  'stream-50-gap-40-hold-1000',
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/**
 * The gateway's configuration file as JSON, which is YAML. Cooldown 0: in the failover row each request must meet the
 * refused connection; nothing else of the run fails.
 */
export function gatewayConfig(upstreamPort: number, closedPort: number): string {
  const provider = (name: string, port: number): object => ({
    name,
    vendor: name.startsWith('anthropic') ? 'anthropic' : 'openai',
    base_url: `http://127.0.0.1:${String(port)}/${name}/v1`,
    api_keys: ['bench-vendor-key'],
    model: MODEL,
    max_retries: 0,
    prices: { [MODEL]: { input: 1, output: 2 } },
  });
  const config = {
    auth: {
      // Every limit there is, and none that is reached: each request is counted by all of them.
      keys: [
        {
          name: 'bench',
          key: SECRET,
          requests_per_minute: 100_000_000,
          tokens_per_minute: 1_000_000_000_000,
          max_parallel: 100_000,
          budget_usd: 1_000_000_000,
          budget_period: 'month',
        },
      ],
    },
    providers: [...BEHAVIOURS.map((name) => provider(name, upstreamPort)), provider('closed', closedPort)],
    routing: {
      cooldown: '0s',
      default_route: FAILOVER_ROUTE,
      routes: [{ name: FAILOVER_ROUTE, targets: ['closed', 'json'] }],
    },
  };
  return JSON.stringify(config, null, 2);
}
