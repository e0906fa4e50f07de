import { TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import { expect, expectTypeOf, test } from 'vitest';
import { createAuthClient } from './auth-client.ts';
import { type AuthErrorData, type RefusalReason, refusalOf } from './refusal-of.ts';

async function errorOfLogin(fetch: typeof globalThis.fetch): Promise<unknown> {
  const client = createAuthClient({ url: 'http://auth.test', fetch });
  return client.auth.login.mutate({ identifier: 'ada', password: 'wrong' }).then(
    () => null,
    (error: unknown) => error,
  );
}

function refusing(data: object, status: number): typeof globalThis.fetch {
  return async () => Response.json({ error: superjson.serialize({ message: 'refused', code: -32001, data }) }, { status });
}

test('a refusal is read with its reason and details', async () => {
  const data = { code: 'TOO_MANY_REQUESTS', httpStatus: 429, reason: 'too_many_attempts', requestId: 'r1', retryAfterSeconds: 30 };
  const refusal = refusalOf(await errorOfLogin(refusing(data, 429)));
  expect(refusal).toEqual(data);
  expectTypeOf(refusal).toEqualTypeOf<AuthErrorData | null>();
  if (refusal) expectTypeOf(refusal.reason).toEqualTypeOf<RefusalReason>();
  expectTypeOf<RefusalReason>().not.toEqualTypeOf<string>();
});

test('an error without a reason is no refusal', async () => {
  expect(refusalOf(await errorOfLogin(refusing({ code: 'BAD_REQUEST', httpStatus: 400 }, 400)))).toBeNull();
});

test('a network that failed is no refusal', async () => {
  const error = await errorOfLogin(async () => {
    throw new TypeError('fetch failed');
  });
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(refusalOf(error)).toBeNull();
});

test('an answer of something else than the server is no refusal', async () => {
  expect(refusalOf(await errorOfLogin(async () => new Response('<h1>Bad gateway</h1>', { status: 502 })))).toBeNull();
});

test.each([null, undefined, 'reason', new Error('bug'), { data: { reason: 'internal' } }])('%s is no refusal', (thrown) => {
  expect(refusalOf(thrown)).toBeNull();
});
