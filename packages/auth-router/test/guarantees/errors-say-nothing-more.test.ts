import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createAuthContext, createAuthRouter, describeProcedures } from '../../src/auth-router.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const secret = 'hunter2-and-more';
let router: TestRouter;
let session: string;
let fault: () => Promise<void> = async () => {};

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), {
    hooks: { beforeRegister: async () => void (await fault()) },
  });
  session = (await signedInPerson(router)).browser.cookies.get('session') ?? '';
});
afterAll(() => router.close());

/** What a client that is signed in would get for a call: the error in its outer shape, as text. */
async function errorOf(path: string, input: unknown): Promise<{ text: string; shape: { message: string; data: Record<string, unknown> } }> {
  const { authRouter } = createAuthRouter({ core: router.core });
  const request = {
    origin: { ip: null, userAgent: null, requestId: 'the-request' },
    credentials: 'cookie' as const,
    cookies: { session: [session], device: [], registration: [] },
    bearer: null,
    calls: [path],
    isStream: false,
  };
  const ctx = createAuthContext({ request, cookies: { set: () => {}, clear: () => {}, clearSite: () => {} } });
  let found: unknown = authRouter.createCaller(ctx);
  for (const name of path.split('.')) found = (found as Record<string, unknown>)[name];
  const error = await (found as (input: unknown) => Promise<unknown>)(input).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCError)) throw new Error(`${path} was not refused`);
  const config = authRouter._def._config;
  const shape = config.errorFormatter({ error, type: 'mutation', path, input, ctx, shape: {} as never }) as never;
  return { text: JSON.stringify(shape), shape };
}

const registration = { email: 'ada@example.com', password: `${secret} and a few words` };

test.each([
  ['an error', async () => Promise.reject(new Error(`connect to postgres://root:${secret}@db failed`))],
  ['a query', async () => void (await router.core.db.execute(`select '${secret}' from nowhere`))],
  ['a text', async () => Promise.reject(secret)],
  ['nothing', async () => Promise.reject(undefined)],
  ['an error of tRPC that wraps another', async () => Promise.reject(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: secret }))],
])('a bug that throws %s is internal, and that is all (R-TRN-13)', async (_, thrown) => {
  fault = thrown;
  const { text, shape } = await errorOf('registration.register', registration);
  fault = async () => {};
  expect(shape).toEqual({
    message: 'internal',
    code: -32603,
    data: {
      code: 'INTERNAL_SERVER_ERROR',
      httpStatus: 500,
      reason: 'internal',
      requestId: 'the-request',
      path: 'registration.register',
    },
  });
  expect(text).not.toMatch(new RegExp(`${secret}|select|stack|at |postgres`));
});

test('no input is repeated by what is said against it, in no field of no procedure (R-TRN-13)', async () => {
  const wrongValues = [secret, { [secret]: secret }, [secret], 1234567, `${secret}\0`, secret.repeat(500), new Date(1234567)];
  let refused = 0;
  for (const { path, input } of describeProcedures(createAuthRouter({ core: router.core }).authRouter)) {
    const names = Object.keys((input as { properties?: object } | null)?.properties ?? {});
    for (const wrong of wrongValues) {
      const whole = Object.fromEntries([...names, secret].map((name) => [name, wrong]));
      for (const sent of [whole, [wrong], { ...whole, [secret]: undefined }]) {
        if (input === null) continue;
        const { text, shape } = await errorOf(path, sent);
        refused += 1;
        expect(text).not.toMatch(/hunter2|1234567|1970/);
        expect(shape.data).toMatchObject({ reason: expect.any(String), requestId: 'the-request' });
        expect(Object.keys(shape.data)).not.toContain('stack');
      }
    }
  }
  expect(refused).toBeGreaterThan(300);
});

test('a field that is not known is named when it looks like a name, so that a typing error is found (R-TRN-13)', async () => {
  const { shape } = await errorOf('auth.login', { identifier: 'a', password: 'b', pasword: 'c', 'no name': 'd', [secret]: 'e' });
  expect(shape.data['fields']).toEqual([
    { path: 'pasword', code: 'unrecognized_keys', message: 'There is no such field.' },
    { path: '', code: 'unrecognized_keys', message: 'There is no such field.' },
    { path: '', code: 'unrecognized_keys', message: 'There is no such field.' },
  ]);
});

test('an error never names where in the program it happened (R-TRN-13)', () => {
  const { authRouter } = createAuthRouter({ core: router.core });
  expect(authRouter._def._config.isDev).toBe(false);
});
