import { copyFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import { CertificateAuthority, type Certificate } from '../support/certificates.js';
import { describeWithProgram } from '../support/describe-with-program.js';
import { startForwardProxy, type ForwardProxy } from '../support/forward-proxy.js';
import { freePort } from '../support/free-port.js';
import { getJson, postJson, postStream } from '../support/http.js';
import { rawAnswer, startRawVendor, type RawVendor } from '../support/raw-vendor.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** Networks as companies have them: forward proxies, authorities of their own, client certificates. */

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
/** Only the proxy finds it. */
const HOST = 'vendor.invalid';
const USER = 'corp-user';
const PASSWORD = 'p@ss:word/1';

const closing: (() => unknown)[] = [];
const keep = <Thing extends { close(): unknown }>(thing: Thing): Thing => {
  closing.push(() => thing.close());
  return thing;
};

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let gateway: RunningGateway;

async function start(provider: object, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const providers = [
    { name: 'one', vendor: 'openai', api_keys: ['key'], model: 'small', max_retries: 0, ...provider },
  ];
  gateway = keep(await startGateway({ yaml: JSON.stringify({ providers }), environment }));
}

const ask = () => postJson(`${gateway.url}/v1/chat/completions`, QUESTION);
const stream = () => postStream(`${gateway.url}/v1/chat/completions`, { ...QUESTION, stream: true });
const failureOf = async (): Promise<string> => {
  const { status, body } = await ask();
  expect(status).toBe(502);
  return JSON.stringify(body);
};
const withUser = (url: string, password = PASSWORD): string =>
  url.replace('://', `://${USER}:${encodeURIComponent(password)}@`);
const portOf = (url: string): string => new URL(url).port;

describe('a vendor that is called over http', () => {
  let vendor: RawVendor;
  let proxy: ForwardProxy;

  beforeEach(async () => {
    vendor = keep(await startRawVendor((request) => request.socket.write(rawAnswer(request))));
  });

  const address = (): string => `http://${HOST}:${portOf(vendor.url)}/v1`;

  test('is asked for in absolute form, over connections that are kept', async () => {
    proxy = keep(await startForwardProxy({ user: `${USER}:${PASSWORD}` }));
    await start({ base_url: address() }, { http_proxy: withUser(proxy.url) });
    for (let call = 0; call < 3; call++) expect((await ask()).status).toBe(200);
    expect((await stream()).text).toContain('[DONE]');
    expect(proxy.log).toEqual(Array<string>(4).fill(`POST ${address()}/chat/completions`));
    expect(proxy.connections).toBe(1);
    const head = vendor.requests[0]?.head.toLowerCase() ?? '';
    expect(head).toContain(`host: ${HOST}:${portOf(vendor.url)}`);
    expect(head).toContain('authorization: bearer key');
    expect(head).not.toContain('proxy-authorization');
  });

  test('does not go through the proxy for https', async () => {
    proxy = keep(await startForwardProxy());
    await start({ base_url: `${vendor.url}/v1` }, { HTTPS_PROXY: proxy.url });
    expect((await ask()).status).toBe(200);
    expect(proxy.log).toEqual([]);
  });

  test.each(['127.0.0.1', '*', 'x.org,127.0.0.0/8'])(
    'NO_PROXY=%s lets it be called directly',
    async (list) => {
      proxy = keep(await startForwardProxy());
      await start({ base_url: `${vendor.url}/v1` }, { HTTP_PROXY: proxy.url, NO_PROXY: list });
      expect((await ask()).status).toBe(200);
      expect(proxy.log).toEqual([]);
    },
  );

  test('`proxy` of its provider goes before the environment, NO_PROXY included; "none" is no proxy', async () => {
    proxy = keep(await startForwardProxy());
    const other = keep(await startForwardProxy());
    const environment = { HTTP_PROXY: other.url, NO_PROXY: HOST };
    await start({ base_url: address(), proxy: `localhost:${String(proxy.port)}` }, environment);
    expect((await ask()).status).toBe(200);
    expect([proxy.log.length, other.log.length]).toEqual([1, 0]);
    await start({ base_url: `${vendor.url}/v1`, proxy: 'none' }, { HTTP_PROXY: other.url });
    expect((await ask()).status).toBe(200);
    expect(other.log).toEqual([]);
  });

  test('a password that the proxy does not take is no fault of the vendor, and is shown nowhere', async () => {
    proxy = keep(await startForwardProxy({ user: `${USER}:${PASSWORD}` }));
    await start({ base_url: address() }, { HTTP_PROXY: withUser(proxy.url, 'wrong-password') });
    const failure = await failureOf();
    expect(failure).toContain('the proxy wants other credentials (407)');
    expect((await stream()).text).toContain('(407)');
    const { body } = await getJson(`${gateway.url}/health`);
    expect(JSON.stringify(body)).toContain('the proxy');
    const said = failure + JSON.stringify(body) + JSON.stringify(gateway.logs.lines);
    expect(said).not.toMatch(/wrong-password/);
    expect(said).not.toContain(Buffer.from(`${USER}:wrong-password`).toString('base64'));
  });

  test('is not called directly when its address is forbidden, but may be through a proxy', async () => {
    proxy = keep(await startForwardProxy());
    const base_url = `http://169.254.169.254:${portOf(vendor.url)}/v1`;
    await start({ base_url });
    expect(await failureOf()).toContain('link-local or metadata address refused');
    await start({ base_url }, { HTTP_PROXY: proxy.url });
    expect((await ask()).status).toBe(200);
  });
});

describeWithProgram('openssl', 'apt-get install openssl', 'a vendor that is called over https', () => {
  let authority: CertificateAuthority;
  let other: CertificateAuthority;
  let server: Certificate;
  let client: Certificate;

  beforeAll(() => {
    authority = new CertificateAuthority();
    other = new CertificateAuthority();
    server = authority.sign('server', ['localhost', HOST]);
    client = authority.sign('client', ['gateway']);
  });

  afterAll(() => {
    authority.remove();
    other.remove();
  });

  const startVendor = async (demanding = false): Promise<RawVendor> =>
    keep(
      await startRawVendor((request) => request.socket.write(rawAnswer(request)), {
        cert: server.cert,
        key: server.key,
        ...(demanding ? { ca: authority.cert, requestCert: true, rejectUnauthorized: true } : {}),
      }),
    );
  const hidden = (vendor: RawVendor): string => `https://${HOST}:${portOf(vendor.url)}/v1`;

  test('goes through a tunnel that is kept, to a name that the proxy finds', async () => {
    const vendor = await startVendor();
    const proxy = keep(await startForwardProxy({ user: `${USER}:${PASSWORD}` }));
    await start(
      { base_url: hidden(vendor), tls: { ca: authority.file } },
      { HTTPS_PROXY: withUser(proxy.url) },
    );
    for (let call = 0; call < 3; call++) expect((await ask()).status).toBe(200);
    expect((await stream()).text).toContain('[DONE]');
    expect(proxy.log).toEqual([`CONNECT ${HOST}:${portOf(vendor.url)}`]);
    expect(vendor.requests[0]?.head.toLowerCase()).not.toContain('proxy');
    const { body } = await getJson(`${gateway.url}/health`);
    expect(body).toMatchObject({ details: { one: { last_fail: null } } });
  });

  test('goes through a proxy that speaks TLS itself', async () => {
    const vendor = await startVendor();
    const proxy = keep(await startForwardProxy({ tls: server }));
    await start({ base_url: hidden(vendor), tls: { ca: authority.file }, proxy: proxy.url });
    expect((await ask()).status).toBe(200);
    expect(proxy.log).toHaveLength(1);
    // For http the proxy is asked in absolute form, over TLS.
    const plain = keep(await startRawVendor((request) => request.socket.write(rawAnswer(request))));
    await start({
      base_url: `http://${HOST}:${portOf(plain.url)}/v1`,
      tls: { ca: authority.file },
      proxy: proxy.url,
    });
    expect((await ask()).status).toBe(200);
    expect(proxy.log[1]).toMatch(/^POST http:/);
    await start({ base_url: hidden(vendor), proxy: proxy.url });
    expect(await failureOf()).toContain('the proxy cannot be reached');
  });

  test('gets a request again through a new tunnel when the old one closes at it', async () => {
    const vendor = keep(
      await startRawVendor(
        (request) => {
          if (request.place === 1) request.socket.write(rawAnswer(request));
          else request.socket.destroy();
        },
        { cert: server.cert, key: server.key },
      ),
    );
    const proxy = keep(await startForwardProxy());
    await start({ base_url: hidden(vendor), tls: { ca: authority.file }, proxy: proxy.url });
    for (let call = 0; call < 10; call++) expect((await ask()).status).toBe(200);
    expect(proxy.log.length).toBeGreaterThan(5);
  });

  const BROKEN: readonly (readonly [what: string, words: string, open: () => Promise<string>])[] = [
    [
      'wants other credentials',
      'the proxy wants other credentials (407)',
      async () => withUser(keep(await startForwardProxy({ user: 'somebody:else' })).url),
    ],
    [
      'refuses the tunnel',
      'the proxy refuses the tunnel (403)',
      async () =>
        keep(await startForwardProxy({ onConnect: (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') }))
          .url,
    ],
    [
      'closes without a word',
      'the proxy opens no tunnel',
      async () => keep(await startForwardProxy({ onConnect: (socket) => socket.destroy() })).url,
    ],
    [
      'never answers',
      'the proxy opens no tunnel',
      async () => keep(await startForwardProxy({ onConnect: () => undefined })).url,
    ],
    [
      'speaks something else',
      'the proxy opens no tunnel',
      async () => {
        const sockets = new Set<{ destroy(): void }>();
        const nonsense = createServer((socket) => {
          sockets.add(socket.on('error', () => undefined));
          socket.end('220 smtp ready\r\n');
        });
        const port = await freePort();
        await new Promise<void>((resolve) => nonsense.listen(port, '127.0.0.1', resolve));
        closing.push(() => {
          for (const socket of sockets) socket.destroy();
          nonsense.close();
        });
        return `http://127.0.0.1:${String(port)}`;
      },
    ],
    [
      'is not there',
      'the proxy cannot be reached',
      async () => `http://127.0.0.1:${String(await freePort())}`,
    ],
    [
      'has a name that nobody knows',
      'the proxy cannot be reached',
      () => Promise.resolve('http://proxy.invalid:1'),
    ],
  ];

  test.each(BROKEN)('says so when the proxy %s', async (_, words, open) => {
    const vendor = await startVendor();
    const proxy = await open();
    await start({ base_url: hidden(vendor), proxy, connect_timeout: '300ms', tls: { ca: authority.file } });
    expect(await failureOf()).toContain(words);
    expect(vendor.requests).toEqual([]);
  });

  test('gets the client certificate that it demands, directly and through a tunnel', async () => {
    const vendor = await startVendor(true);
    const tls = { ca: authority.file, cert: client.certFile, key: client.keyFile };
    await start({ base_url: `${vendor.url}/v1`, tls });
    expect((await ask()).status).toBe(200);
    const proxy = keep(await startForwardProxy());
    await start({ base_url: hidden(vendor), tls, proxy: proxy.url });
    expect((await ask()).status).toBe(200);
    const served = vendor.requests.length;
    await start({ base_url: `${vendor.url}/v1`, tls: { ca: authority.file } });
    expect((await ask()).status).toBe(502);
    expect(vendor.requests).toHaveLength(served);
  });

  test('is trusted only as `ca` says, and a reload reads the file anew', async () => {
    const vendor = await startVendor();
    await start({ base_url: `${vendor.url}/v1` });
    expect(await failureOf()).toContain('TLS certificate refused');
    const ca = join(tmpdir(), `sluice-ca-${String(process.pid)}.pem`);
    copyFileSync(other.file, ca);
    await start({ base_url: `${vendor.url}/v1`, tls: { ca } });
    expect(await failureOf()).toContain('TLS certificate refused');
    copyFileSync(authority.file, ca);
    await gateway.app.get(SettingsHolder).reload();
    expect((await ask()).status).toBe(200);
  });

  test('a private key is shown in no dump of the gateway and in no log line', async () => {
    const vendor = await startVendor(true);
    await start({
      base_url: `${vendor.url}/v1`,
      tls: { ca: authority.file, cert: client.certFile, key: client.keyFile },
    });
    await ask();
    expect(JSON.stringify(gateway.logs.lines)).not.toContain('PRIVATE KEY');
  });

  test('faults of its files stop the start and are named', async () => {
    const fault = async (tls: object): Promise<string> => {
      const started = start({ base_url: 'https://vendor.example/v1', tls });
      return started.then(
        () => 'started',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
    };
    const { file } = authority;
    expect(await fault({ ca: '/not/there.pem' })).toMatch(
      /providers\[0\]\.tls\.ca: found "\/not\/there\.pem", which is not there, expected the path of a file/,
    );
    expect(await fault({ ca: client.keyFile })).toMatch(
      /tls\.ca: .* expected a file with certificates in PEM/,
    );
    expect(await fault({ cert: client.certFile })).toMatch(/tls: found `cert` without `key`/);
    expect(await fault({ cert: client.certFile, key: file })).toMatch(
      /tls\.key: .* expected a file with a private key/,
    );
    expect(await fault({ cert: client.certFile, key: server.keyFile })).toMatch(
      /tls\.key: .* expected the private key of the certificate in `cert`/,
    );
    expect(await fault({ cert: client.keyFile, key: client.keyFile })).toMatch(
      /tls\.cert: .* expected a file with a certificate/,
    );
    expect(await fault({ ca: '/' })).toMatch(/tls\.ca: found a file that cannot be read/);
  });
});
