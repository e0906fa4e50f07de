import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { openConnection, post, send } from '../send.ts';

let server: OwnServer;
let production: OwnServer;

beforeAll(async () => {
  const secure = { NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.test', LIMITS: 'on' };
  [server, production] = await Promise.all([
    openOwnServer(inject('databaseUrl')),
    openOwnServer(inject('databaseUrl'), { ...secure, SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'no-reply@example.test' }),
  ]);
});
afterAll(async () => {
  await server.close();
  await production.close();
});

const mutations = ['auth.logout', 'auth.login', 'auth.deleteUser', 'registration.verifyEmail', 'password.confirmReset'];

test.each(mutations)('%s is not called by a GET, not even with an input or another method in a header (R-TRN-16)', async (name) => {
  const input = encodeURIComponent(JSON.stringify({ json: { token: 'x', newPassword: 'x' } }));
  for (const query of ['', `?input=${input}`, '?_method=POST', `?batch=1&input=${input}`]) {
    const answer = await send(server.url, `/trpc/${name}${query}`, { headers: { 'x-http-method-override': 'POST' } });
    expect(answer).toMatchObject({ status: 405, refusal: { reason: 'invalid_input', httpStatus: 405 } });
    expect(answer.headers.allow).toBe('POST, OPTIONS');
  }
});

test('a query is not called by a POST (R-TRN-16)', async () => {
  const answer = await post(server.url, 'auth.session', {});
  expect(answer).toMatchObject({ status: 405, refusal: { reason: 'invalid_input' }, headers: { allow: 'GET, OPTIONS' } });
});

test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND', 'MKCOL', 'LOCK'])(
  '%s is no method of a call, and of nothing else but pages (R-TRN-16)',
  async (method) => {
    const called = await send(server.url, '/trpc/auth.session', { method });
    expect([404, 405]).toContain(called.status);
    if (called.status === 405) expect(called.headers.allow).toBe('GET, POST, OPTIONS');
    for (const path of ['/', '/livez', '/.well-known/jwks.json', '/dev/mailbox.json', '/nowhere']) {
      const answer = await send(server.url, path, { method });
      // What may be read may be asked about (RFC 9110 §9.3.2), without a body.
      if (method === 'HEAD' && path !== '/nowhere') expect([answer.status, answer.text]).toEqual([200, '']);
      else expect(answer).toMatchObject({ status: 404, ...(method !== 'HEAD' && { refusal: { reason: 'not_found' } }) });
    }
  },
);

test('TRACE returns nothing of what it was sent (R-TRN-16)', async () => {
  for (const path of ['/', '/trpc/auth.session']) {
    const answer = await send(server.url, path, { method: 'TRACE', headers: { cookie: 'latchkey=secret-value', 'x-probe': 'probe' } });
    expect(JSON.stringify([answer.text, answer.headers])).not.toMatch(/secret-value|probe/);
  }
});

test('a method that HTTP does not know, CONNECT and an upgrade end in a refusal (R-TRN-16)', async () => {
  const first = async (head: string) => {
    const connection = await openConnection(server.url);
    connection.write(
      `${head}\r\nhost: localhost\r\nconnection: ${head.includes('Upgrade') ? 'upgrade\r\nupgrade: websocket' : 'close'}\r\n\r\n`,
    );
    await Promise.race([connection.ended, connection.until(/\r\n\r\n/)]).catch(() => undefined);
    connection.socket.destroy();
    return connection.received().split('\r\n')[0];
  };
  expect(await first('HELLO /trpc/auth.session HTTP/1.1')).toBe('HTTP/1.1 400 Bad Request');
  expect(await first('CONNECT example.com:443 HTTP/1.1')).toBe('');
  expect(await first('GET /nowhere?Upgrade HTTP/1.1')).toBe('HTTP/1.1 404 Not Found');
});

test.each([
  ['/trpc', 404],
  ['/trpc/', 404],
  ['/trpc/auth', 404],
  ['/trpc/auth.nothing', 404],
  ['/trpc/auth.session/', 404],
  ['/trpc/auth/session', 404],
  ['//trpc/auth.session', 404],
  ['/trpc//auth.session', 404],
  ['/trpc/%2F', 404],
  ['/trpc/..%2f..%2flivez', 404],
  ['/trpc/auth.session%00', 404],
  ['/trpc/AUTH.SESSION', 404],
  ['/trpc/ａｕｔｈ.session'.replace(/[^\x20-\x7e]/g, encodeURIComponent), 404],
  ['/trpc/__proto__', 404],
  ['/trpc/constructor', 404],
  ['/trpc/auth.__proto__.session', 404],
  ['/trpc/auth.then', 404],
  ['/trpc/%', 400],
  ['/trpc/%zz', 400],
  ['/trpc/%c0%af', 400],
  ['/%', 400],
  ['/index.html', 404],
  ['/assets/', 404],
  ['/assets/..%2f..%2f..%2fpackage.json', 404],
  ['/assets/%2e%2e/%2e%2e/package.json', 404],
  ['/..%2f..%2fpackage.json', 404],
  ['/.env', 404],
  ['/.git/config', 404],
  ['/docs', 404],
  ['/panel', 404],
  ['/metrics', 404],
  ['/trpc-panel', 404],
  ['/package.json', 404],
])('%s is refused with %d, and repeated nowhere (R-TRN-16)', async (path, status) => {
  for (const { url } of [server, production]) {
    const answer = await send(url, path);
    const reason = status === 404 ? 'not_found' : 'invalid_input';
    expect(answer).toMatchObject({ status, refusal: { reason, requestId: answer.headers['x-request-id'] } });
    expect(answer.text).not.toMatch(/auth|package|env|%|FST_/);
  }
});

test('a whole URL, or a fragment, in place of a path calls what its path names and nothing else (R-TRN-16)', async () => {
  expect((await send(server.url, 'http://evil.example/trpc/auth.session')).status).toBe(200);
  expect((await send(server.url, '/trpc/auth.session#?batch=1')).status).toBe(200);
  expect((await send(server.url, 'evil')).status).toBeGreaterThanOrEqual(400);
});

test('in production nothing is served for developers (R-TRN-16)', async () => {
  expect((await send(server.url, '/dev/mailbox.json')).status).toBe(200);
  for (const path of ['/dev/mailbox', '/dev/mailbox.json', '/dev', '/dev/']) {
    expect(await send(production.url, path)).toMatchObject({ status: 404, refusal: { reason: 'not_found' } });
  }
  expect((await send(production.url, '/')).text).not.toContain('/dev/');
});
