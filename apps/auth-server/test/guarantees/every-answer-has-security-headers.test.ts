import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { openConnection, post, type Sent, send } from '../send.ts';

let secure: OwnServer;
let plain: OwnServer;

beforeAll(async () => {
  [secure, plain] = await Promise.all([
    openOwnServer(inject('databaseUrl'), { PUBLIC_URL: 'https://auth.example.test' }),
    openOwnServer(inject('databaseUrl')),
  ]);
});
afterAll(async () => {
  await secure.close();
  await plain.close();
});

const asset = readdirSync(new URL('../../../web/dist/assets', import.meta.url)).find((name) => name.endsWith('.js'));
const json = { 'content-type': 'application/json' };

/** One of each kind of answer, with the status it has. */
const kinds: Record<string, { status: number; get: (url: string) => Promise<Sent> }> = {
  'a query': { status: 200, get: (url) => send(url, '/trpc/auth.session') },
  'a mutation': { status: 200, get: (url) => post(url, 'auth.logout', {}) },
  'a stream': { status: 200, get: (url) => send(url, '/trpc/auth.session?batch=1', { headers: { 'trpc-accept': 'application/jsonl' } }) },
  'a refusal': { status: 401, get: (url) => send(url, '/trpc/auth.user') },
  'a refused origin': { status: 403, get: (url) => post(url, 'auth.logout', {}, { origin: 'https://evil.example' }) },
  'a preflight': { status: 204, get: (url) => send(url, '/trpc/auth.login', { method: 'OPTIONS' }) },
  'an unknown procedure': { status: 404, get: (url) => send(url, '/trpc/auth.nothing') },
  'an unknown path': { status: 404, get: (url) => send(url, '/nowhere') },
  'a wrong method': { status: 405, get: (url) => send(url, '/trpc/auth.session', { method: 'PUT' }) },
  'a form': { status: 415, get: (url) => send(url, '/trpc/auth.logout', { method: 'POST', body: 'a=b' }) },
  'a body too large': {
    status: 413,
    get: (url) => send(url, '/trpc/auth.login', { method: 'POST', headers: json, body: 'x'.repeat(70_000) }),
  },
  'a URL too long': { status: 414, get: (url) => send(url, `/trpc/auth.session?input=${'x'.repeat(9_000)}`) },
  'a name too long': { status: 414, get: (url) => send(url, `/trpc/${'x'.repeat(1_000)}`) },
  'a URL that cannot be read': { status: 400, get: (url) => send(url, '/trpc/%zz') },
  'a health check': { status: 200, get: (url) => send(url, '/livez') },
  'a readiness check': { status: 200, get: (url) => send(url, '/readyz') },
  'the public keys': { status: 200, get: (url) => send(url, '/.well-known/jwks.json') },
  'the mailbox': { status: 200, get: (url) => send(url, '/dev/mailbox') },
  'the mailbox as data': { status: 200, get: (url) => send(url, '/dev/mailbox.json') },
  'the first page': { status: 200, get: (url) => send(url, '/') },
  'a page': { status: 200, get: (url) => send(url, '/reset-password') },
  'a page of a provider': { status: 200, get: (url) => send(url, '/social/callback/google?code=1') },
  'a file': { status: 200, get: (url) => send(url, `/assets/${asset}`) },
  'no file': { status: 404, get: (url) => send(url, '/assets/nothing.js') },
  'headers too large': { status: 431, get: (url) => raw(url, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`) },
  'no HTTP at all': { status: 400, get: (url) => raw(url, 'NONSENSE\r\n\r\n') },
};

const everyKind = Object.entries(kinds);

test.each(everyKind)('%s carries them (R-TRN-08)', async (name, { status, get }) => {
  for (const server of [secure, plain]) {
    const { headers, ...answer } = await get(server.url);
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const hsts = headers['strict-transport-security'];
    if (server === plain) expect(hsts).toBeUndefined();
    else expect(Number(/^max-age=(\d+); includeSubDomains$/.exec(hsts ?? '')?.[1])).toBeGreaterThanOrEqual(365 * 24 * 3600);
    const isPage = /page/.test(name);
    const policy = headers['content-security-policy'];
    if (isPage)
      expect(policy).toMatch(/^default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'/);
    else if (name === 'the mailbox') expect(policy).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    else expect(policy).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe|\*/);
    expect(headers['cache-control']).toBe(cacheability(name, status));
    expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined();
  }
});

function cacheability(name: string, status: number): string {
  if (name === 'a file' && status === 200) return 'public, max-age=31536000, immutable';
  if (name === 'the public keys') return 'public, max-age=300';
  return /page/.test(name) ? 'no-cache' : 'no-store';
}

/** Sends what no library would. */
async function raw(url: string, text: string): Promise<Sent> {
  const connection = await openConnection(url);
  connection.write(text);
  await connection.ended;
  const [head = '', body = ''] = connection.received().split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { status: Number(first.split(' ')[1]), headers, headerLines: [], text: body, refusal: null };
}
