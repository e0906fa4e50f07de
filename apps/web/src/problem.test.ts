import { createAuthClient } from '@latchkey/auth-client';
import { expect, test } from 'vitest';
import { type Problem, problemOf } from './problem.ts';

/** The problem a person sees when the server refuses with `data`. */
async function problemOfRefusal(data: object): Promise<Problem> {
  const answer = { error: { json: { message: 'refused', code: -32600, data: { requestId: 'r-1', ...data } } } };
  const client = createAuthClient({ url: 'http://auth.test', fetch: async () => Response.json(answer, { status: 400 }) });
  return client.auth.logout.mutate().then(
    () => Promise.reject(new Error('the call was not refused')),
    (error: unknown) => problemOf(error),
  );
}

test('a refusal is told in a sentence', async () => {
  const { reason, sentence } = await problemOfRefusal({ reason: 'username_taken' });
  expect({ reason, sentence }).toEqual({ reason: 'username_taken', sentence: 'Somebody has this username already. Choose another.' });
});

test('what is wrong with single fields is kept', async () => {
  const fields = [{ path: 'password', code: 'too_short', message: 'Use at least 8 characters.' }];
  expect((await problemOfRefusal({ reason: 'weak_password', fields })).fields).toEqual(fields);
});

test.each([
  [1, 'in 1 second'],
  [0.2, 'in 1 second'],
  [90, 'in 90 seconds'],
  [91, 'in 2 minutes'],
  [3600, 'in 60 minutes'],
  [5401, 'in 2 hours'],
  [undefined, 'later'],
])('a wait of %s seconds is said as "%s"', async (retryAfterSeconds, said) => {
  const { sentence } = await problemOfRefusal({ reason: 'too_many_attempts', retryAfterSeconds });
  expect(sentence).toBe(`There were too many attempts. Try again ${said}.`);
});

test('a bug is told with the number it is logged under', async () => {
  expect((await problemOfRefusal({ reason: 'internal' })).sentence).toContain('mention the number r-1.');
});

test('a server that cannot be reached is told as such', () => {
  expect(problemOf(new TypeError('Failed to fetch'))).toEqual({
    reason: null,
    sentence: 'The server did not answer. Check your connection and try again.',
    fields: [],
  });
});
