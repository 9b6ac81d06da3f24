/** A forward proxy. What it wants to see of its user is not enumerable, so that no log or dump can show it. */
export class ProxyAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly #authorization: string | undefined;

  /** @throws TypeError when it is no URL */
  constructor(url: string) {
    const { origin, username, password } = new URL(url);
    this.origin = origin;
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#authorization = user === ':' ? undefined : `Basic ${Buffer.from(user, 'utf8').toString('base64')}`;
  }

  /** Headers of a request to the proxy itself, lower-case names. */
  get headers(): Readonly<Record<string, string>> {
    return this.#authorization === undefined ? {} : { 'proxy-authorization': this.#authorization };
  }
}
