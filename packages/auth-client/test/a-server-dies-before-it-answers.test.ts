import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { signedInPerson } from '../../../apps/auth-server/test/person.ts';
import { startTwoServers, type TestServer } from '../../../apps/auth-server/test/start-server.ts';
import { createAuthClient, memoryTokenStore } from '../src/auth-client.ts';

const publicUrl = 'http://localhost:3999';
let pair: Awaited<ReturnType<typeof startTwoServers>>;
let proxy: Server;
let url: string;
/** What is done with the answer of an exchange, once the server has given it. */
let whenExchanged: (serving: TestServer) => Promise<'pass_on' | 'drop'> = async () => 'pass_on';
let serving: TestServer;
let exchanges = 0;

beforeAll(async () => {
  pair = await startTwoServers(inject('databaseUrl'), { PUBLIC_URL: publicUrl });
  [serving] = pair.servers;
  proxy = createServer(passOn);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await pair.close();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A proxy as it stands before several servers: it knows when an exchange is answered, and can lose the answer. */
function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const isExchange = incoming.url?.includes('auth.refresh') ?? false;
  if (isExchange) exchanges += 1;
  const onward = request(`${serving.url}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (answer) => {
    const body: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => body.push(chunk));
    answer.on('end', async () => {
      if (isExchange && answer.statusCode === 200 && (await whenExchanged(serving)) === 'drop') return outgoing.destroy();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(body));
    });
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

test('a server that dies between rotation and answer signs nobody out: the other one answers the same', async () => {
  const person = await signedInPerson(serving.url, publicUrl);
  const tokenStore = memoryTokenStore();
  const client = createAuthClient({ url, credentials: 'token', tokenStore });
  await client.auth.login.mutate({ identifier: person.email, password: person.password });
  const before = await tokenStore.read();

  whenExchanged = async (dying) => {
    whenExchanged = async () => 'pass_on';
    await dying.kill();
    serving = pair.servers[1];
    return 'drop';
  };
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 5 * 60_000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.auth.user.query()));
  expect(answers.every(({ email }) => email === person.email)).toBe(true);
  expect(exchanges).toBe(2);
  const after = await tokenStore.read();
  expect(after).not.toBe(before);

  // The pair that was kept is the living one: it can be exchanged in its turn.
  vi.setSystemTime(Date.now() + 5 * 60_000);
  expect(await client.auth.user.query()).toMatchObject({ email: person.email });
  expect(exchanges).toBe(3);
});
