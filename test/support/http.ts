/** A JSON answer with what tests look at. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export async function getJson(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export interface StreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The `data:` of each event, parsed where it is JSON. */
  readonly events: readonly unknown[];
}

/** Posts and reads a whole stream. */
export async function postStream(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<StreamAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const events = text
    .split('\n\n')
    .map((frame) => /^data: ?(.*)$/m.exec(frame)?.[1])
    .filter((data) => data !== undefined)
    .map((data): unknown => (data === '[DONE]' ? data : JSON.parse(data)));
  return { status: response.status, headers: response.headers, text, events };
}
