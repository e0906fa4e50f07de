import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { createAuthClient, refusalOf } from '../src/auth-client.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { failing, type Here, kept, passTime, tokenPerson } from './token-person.ts';

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (seconds: number) => passTime(server, seconds);
const somebody = (answer?: Parameters<typeof tokenPerson>[1]) => tokenPerson(server, answer);

describe('logging out', () => {
  const isAlive = async (here: Here, sessionId: string | undefined) => {
    const other = createAuthClient({ url: server.url, credentials: 'token' });
    await other.auth.login.mutate({ identifier: here.email, password: here.password });
    return (await other.auth.sessions.list.query()).some(({ id }) => id === sessionId);
  };
  const sessionIdOf = async (here: Here) => (await here.client.auth.session.query())?.session.id;

  test('ends the session and keeps nothing', async () => {
    const here = await somebody();
    const id = await sessionIdOf(here);
    await here.client.auth.logout.mutate();
    expect(await here.store.read()).toBeNull();
    expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
    expect(await isAlive(here, id)).toBe(false);
  });

  test('after a long pause ends the session as well', async () => {
    const here = await somebody();
    const id = await sessionIdOf(here);
    pass(60 * 60);
    await here.client.auth.logout.mutate();
    expect(await here.store.read()).toBeNull();
    expect(await isAlive(here, id)).toBe(false);
  });

  test.each([false, true])(
    'without an answer keeps nothing here, and says that the server was not told (token over: %s)',
    async (isOver) => {
      let isAway = false;
      const here = await somebody(() => (isAway ? new Response('', { status: 502 }) : undefined));
      isAway = true;
      if (isOver) pass(60 * 60);
      await expect(here.client.auth.logout.mutate()).rejects.toThrow();
      expect(await here.store.read()).toBeNull();
      expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
    },
  );

  test('by deleting the account keeps nothing either', async () => {
    const here = await somebody();
    await here.client.auth.deleteUser.mutate();
    expect(await here.store.read()).toBeNull();
  });
});

test('a session that was ended elsewhere is noticed with the next call', async () => {
  const here = await somebody();
  const elsewhere = createAuthClient({ url: server.url, credentials: 'token' });
  await elsewhere.auth.login.mutate({ identifier: here.email, password: here.password });
  await elsewhere.auth.sessions.revokeOthers.mutate();
  const error = await here.client.auth.user.query().catch(failing);
  expect(refusalOf(error, 'auth.user')?.reason).toBe('not_authenticated');
  expect(await here.store.read()).toBeNull();
  expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
  expect(await here.client.auth.session.query()).toBeNull();
});

test('a stolen refresh token that is used signs the owner out, and they can log in again', async () => {
  const here = await somebody();
  const stolen = (await kept(here))?.refreshToken ?? '';
  const thief = createAuthClient({ url: server.url, credentials: 'token' });
  await thief.auth.refresh.mutate({ refreshToken: stolen });
  pass(6 * 60);
  const error = await here.client.auth.user.query().catch(failing);
  expect(refusalOf(error)?.reason).toBe('not_authenticated');
  expect(await here.store.read()).toBeNull();
  expect(await here.client.auth.login.mutate({ identifier: here.email, password: here.password })).toMatchObject({
    status: 'authenticated',
  });
});
