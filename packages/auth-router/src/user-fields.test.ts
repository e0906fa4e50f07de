import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { AuthRouter } from './auth-router.ts';
import { changedFieldsInput, newFieldsInput } from './user-fields.ts';

const fields = z.object({
  company: z.string().min(1),
  plan: z.string().default('free'),
  city: z.string().nullable().optional(),
  address: z.strictObject({ street: z.string() }).optional(),
});

describe('the fields of somebody new', () => {
  test('are the object of the application, with its defaults', () => {
    expect(newFieldsInput(fields).parse({ company: 'Initech' })).toEqual({ company: 'Initech', plan: 'free' });
  });

  test('are named when they are missing, also when there are none at all', () => {
    expect(newFieldsInput(fields).safeParse(undefined).error?.issues).toMatchObject([{ path: ['company'] }]);
  });

  test.each(['role', 'emailVerified', 'id', 'constructor', 'toString', 'hasOwnProperty'])(
    'never include %s, which is not in the object',
    (name) => {
      const refused = newFieldsInput(fields).safeParse({ company: 'Initech', [name]: 'x' });
      expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [name] }]);
    },
  );
});

describe('changed fields', () => {
  const changed = changedFieldsInput(fields);

  test('are those that were given: a default does not overwrite what is stored', async () => {
    expect(await changed.parseAsync({ city: 'Pawnee' })).toEqual({ city: 'Pawnee' });
    expect(await changed.parseAsync({})).toEqual({});
    expect(await changed.parseAsync(undefined)).toBeUndefined();
  });

  test('given as undefined stay as they are, and null is a value', async () => {
    expect(await changed.parseAsync({ city: undefined, plan: undefined })).toEqual({});
    expect(await changed.parseAsync({ city: null })).toEqual({ city: null });
  });

  test('are checked each like those of somebody new, where they are', async () => {
    const refused = await changed.safeParseAsync({ company: '', address: { street: 1 } });
    expect(refused.error?.issues.map(({ path }) => path.join('.'))).toEqual(['company', 'address.street']);
  });

  test.each(['role', 'constructor', 'toString'])('never include %s, which is not in the object', async (name) => {
    const refused = await changed.safeParseAsync({ [name]: 'x' });
    expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [name] }]);
  });
});

test.each(['a\0b', 'half \ud800'])('text that the database cannot hold is refused where it is: %j', async (text) => {
  const given = { company: 'Initech', address: { street: text } };
  const [atFirst, later] = [newFieldsInput(fields).safeParse(given), await changedFieldsInput(fields).safeParseAsync(given)];
  for (const refused of [atFirst, later]) expect(refused.error?.issues).toMatchObject([{ path: ['address', 'street'] }]);
});

test('text that the database cannot hold is refused as a name too', () => {
  const open = z.object({ links: z.record(z.string(), z.string()) });
  expect(newFieldsInput(open).safeParse({ links: { 'a\0b': 'x' } }).error?.issues).toMatchObject([{ path: ['links'] }]);
});

test.each([
  ['a date', z.object({ born: z.date().optional() }), 'born is a date'],
  ['a big number', z.object({ size: z.bigint() }), 'size is a bigint'],
  ['a set within a list', z.object({ tags: z.array(z.set(z.string())) }), 'a set'],
  ['a check of the whole', z.object({ from: z.number(), to: z.number() }).refine(({ from, to }) => from < to), 'beforeRegister'],
])('an object with %s, which could not be kept, is refused at start', (_what, object, message) => {
  expect(() => newFieldsInput(object)).toThrow(message);
});

test('fields are typed up to the client', () => {
  type Inputs = inferRouterInputs<AuthRouter<typeof fields>>;
  type Outputs = inferRouterOutputs<AuthRouter<typeof fields>>;
  type Given = { company: string; plan?: string | undefined; city?: string | null | undefined; address?: { street: string } | undefined };
  expectTypeOf<Inputs['registration']['register']['fields']>().toEqualTypeOf<Given>();
  expectTypeOf<Inputs['auth']['updateUser']['fields']>().toEqualTypeOf<Partial<Given> | undefined>();
  expectTypeOf<Outputs['auth']['user']['fields']['plan']>().toEqualTypeOf<string>();
  expectTypeOf<Outputs['auth']['updateUser']['fields']['company']>().toEqualTypeOf<string>();
});

test('an application without fields need not speak of them', () => {
  type Inputs = inferRouterInputs<AuthRouter>;
  expectTypeOf<{ email: string; password: string }>().toExtend<Inputs['registration']['register']>();
  expectTypeOf<{ firstName: string }>().toExtend<Inputs['auth']['updateUser']>();
});
