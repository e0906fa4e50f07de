import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorShape } from './error-shape.ts';
import { usernameInput } from './plain-inputs.ts';

const fieldsTold = (username: string) => {
  const { error } = z.object({ username: usernameInput }).safeParse({ username });
  return error && errorShape(new TRPCError({ code: 'BAD_REQUEST', cause: error }), 'a request', undefined).data.fields;
};

test('a caller is told by a code and in words what is wrong with a username', () => {
  expect(fieldsTold('p\u0430ypal')).toEqual([
    { path: 'username', code: 'mixed_scripts', message: 'Use letters of one alphabet for a username.' },
  ]);
  expect(fieldsTold('a b')).toEqual([
    { path: 'username', code: 'invalid_username', message: 'Use 1 to 150 letters, digits or _ . + - for a username.' },
  ]);
  expect(fieldsTold('paypal')).toBeUndefined();
});
