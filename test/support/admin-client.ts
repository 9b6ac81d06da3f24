import type { JsonAnswer } from './http.js';

/** What the admin API shows of a gateway key, as far as tests read it. */
export interface ShownKey {
  readonly id: string;
  readonly name: string;
  /** The secret, right after it was made. */
  readonly key: string;
  readonly status: string;
  readonly key_hint: string;
  readonly previous_until: string | null;
}

/** Calls the admin API of one gateway. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly adminKey: string,
  ) {}

  async call(method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    const response = await fetch(`${this.url}/admin/${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.adminKey}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** Makes a key that must not be refused. */
  async makeKey(fields: object): Promise<ShownKey> {
    const { status, body } = await this.call('POST', 'keys', fields);
    if (status !== 201) throw new Error(`the key was not made: ${JSON.stringify(body)}`);
    return body as ShownKey;
  }
}
