import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, type LocalServer, startLocalServer } from '../../test/local-server.ts';
import { askProvider, beforeEnd, providerMilliseconds } from './ask-provider.ts';
import { ProviderFailure } from './provider-failure.ts';

let provider: LocalServer;
let sent = 0;

beforeAll(async () => {
  provider = await startLocalServer((path, response, body) => {
    if (path === '/redirect') response.writeHead(302, { location: `${provider.url}/elsewhere` }).end();
    else if (path === '/huge') pour(response);
    else if (path === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100 * 1024 * 1024, ' ')));
    else if (path === '/full') json(response, 'x'.repeat(256 * 1024 - 2));
    else if (path === '/trickle') response.writeHead(200).write('{');
    else if (path === '/html') response.end('<h1>Bad gateway</h1>');
    else if (path === '/teapot') json(response, { error: 'no' }, 418);
    else if (path !== '/silent') json(response, { path, body });
  });
});
afterAll(() => provider.close());

/** Writes 100 MB, as fast as they are taken. */
function pour(response: import('node:http').ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  response.on('error', () => undefined);
  const more = () => {
    while (sent < 100 * 1024 * 1024 && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

function ask(path: string, { signal = AbortSignal.timeout(providerMilliseconds), allowPlainHttp = true } = {}) {
  return askProvider(provider.url + path, {}, { signal, allowPlainHttp });
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof ProviderFailure ? error.problem : `no failure of the provider, but ${error}`;
}

describe('a request to a provider', () => {
  test('is answered with status and JSON', async () => {
    expect(await ask('/there')).toEqual({ status: 200, json: { path: '/there', body: '' } });
    expect(await ask('/teapot')).toEqual({ status: 418, json: { error: 'no' } });
  });

  test('follows no redirect (R-SOC-14)', async () => {
    expect(await problemOf(ask('/redirect'))).toBe('it redirected');
    expect(provider.requests.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  test('stops reading an answer of 100 MB (R-SOC-14)', async () => {
    expect(await problemOf(ask('/huge'))).toBe('it answered too much');
    // What the provider could get rid of is what the sockets of both sides buffer, a few megabytes at most.
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  test('measures an answer after it is unpacked (R-SOC-14)', async () => {
    expect(await problemOf(ask('/bomb'))).toBe('it answered too much');
    expect((await ask('/full')).status).toBe(200);
  });

  test('ends when its time is over, whether nothing comes or not enough (R-SOC-14)', async () => {
    expect(await problemOf(ask('/silent', { signal: AbortSignal.timeout(50) }))).toBe('it took too long');
    expect(await problemOf(ask('/trickle', { signal: AbortSignal.timeout(50) }))).toBe('it took too long');
    expect(providerMilliseconds).toBe(5_000);
  });

  test('goes over TLS outside development (R-SOC-14)', async () => {
    const before = provider.requests.length;
    expect(await problemOf(ask('/there', { allowPlainHttp: false }))).toBe('its address is not https');
    expect(await problemOf(askProvider('file:///etc/passwd', {}, { signal: AbortSignal.timeout(50), allowPlainHttp: true }))).toBe(
      'its address is not https',
    );
    expect(provider.requests).toHaveLength(before);
  });

  test('is told apart from one that was never answered', async () => {
    expect(await problemOf(ask('/html'))).toBe('it did not answer in JSON');
    const nobody = askProvider('http://127.0.0.1:1/', {}, { signal: AbortSignal.timeout(1000), allowPlainHttp: true });
    expect(await problemOf(nobody)).toBe('it could not be reached');
  });

  test('is one of 100 at most: a provider that hangs cannot take every place, and none of another provider', async () => {
    const stop = new AbortController();
    const hanging = Array.from({ length: 100 }, () => problemOf(ask('/silent', { signal: stop.signal })));
    await expect(ask('/there')).rejects.toMatchObject({ reason: 'overloaded', retryAfterSeconds: 2 });
    const another = await startLocalServer((_path, response) => json(response, {}));
    const options = { signal: AbortSignal.timeout(5000), allowPlainHttp: true };
    expect((await askProvider(another.url, {}, options)).status).toBe(200);
    await another.close();
    stop.abort();
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['it took too long']));
    expect((await ask('/there')).status).toBe(200);
  });
});

test('waiting for what is shared ends with the call that waits', async () => {
  const never = new Promise<void>(() => undefined);
  expect(await problemOf(beforeEnd(AbortSignal.timeout(20), never))).toBe('it took too long');
  expect(await problemOf(beforeEnd(AbortSignal.abort(), never))).toBe('it took too long');
  expect(await beforeEnd(AbortSignal.timeout(1000), Promise.resolve('done'))).toBe('done');
});
