import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { createAuthRouter, describeProcedures } from '../../src/auth-router.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
const fields = z.object({ nickname: z.string().max(40), address: z.object({ city: z.string().max(80) }) });

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

type Schema = { type?: string; properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; [key: string]: unknown };

const inputsOf = (withFields?: typeof fields) =>
  describeProcedures(createAuthRouter({ core: router.core, ...(withFields && { fields: withFields }) }).authRouter).flatMap(
    ({ path, input }) => (input ? [{ path, input: input as Schema }] : []),
  );

/** Every schema within one, with where it is. */
function parts(schema: Schema, at: string): { at: string; schema: Schema }[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.items ? [['[]', schema.items] as const] : []),
    ...(schema.anyOf ?? []).map((option) => ['|', option] as const),
  ];
  return [{ at, schema }, ...inner.flatMap(([name, part]) => parts(part, `${at}.${name}`))];
}

/** Its strictness is in the code that reads it: which fields are given decides what is asked of them. */
const readByCode = 'auth.updateUser.fields';

test('every object of every input is strict (R-TRN-11)', () => {
  const objects = inputsOf()
    .flatMap(({ path, input }) => parts(input, path))
    .filter(({ schema }) => schema.type === 'object');
  expect(objects.length).toBeGreaterThan(15);
  expect(objects.filter(({ at, schema }) => at !== readByCode && schema['additionalProperties'] !== false)).toEqual([]);
});

test.each([
  ['registration.register', { email: 'ada@example.com', password: 'a fine pass phrase' }],
  ['auth.updateUser', {}],
])('the fields that an application adds are strict too: %s (R-TRN-11)', async (path, rest) => {
  const schema = schemasOf(fields)[path];
  const good = { nickname: 'Ada', address: { city: 'London' } };
  const isTaken = async (given: unknown) => (await schema?.safeParseAsync({ ...rest, fields: given }))?.success;
  expect(await isTaken(good)).toBe(true);
  for (const wrong of [{ ...good, role: 'admin' }, { ...good, nickname: 'x'.repeat(41) }, { ...good, address: 1 }, [], 'Ada', null]) {
    expect([wrong, await isTaken(wrong)]).toEqual([wrong, false]);
  }
});

test('every text and every list has a longest, and nothing else has no bounds (R-TRN-11)', () => {
  const all = inputsOf().flatMap(({ path, input }) => parts(input, path));
  const bounded: Record<string, (schema: Schema) => boolean> = {
    string: (schema) =>
      Number(schema['maxLength']) <= 4096 || schema['format'] === 'uuid' || schema['enum'] !== undefined || schema['const'] !== undefined,
    array: (schema) => Number(schema['maxItems']) <= 100,
    number: (schema) => schema['maximum'] !== undefined,
    boolean: () => true,
    object: () => true,
  };
  expect(all.filter(({ schema }) => schema.anyOf === undefined && !bounded[schema.type ?? '']?.(schema))).toEqual([]);
});

test('an input that is as hard as can be is validated in about the time it takes to read it (R-TRN-11)', async () => {
  // Texts that make a careless pattern go back and forth, at the size a body may have.
  const hard = ['a', 'a.', '@', 'a@', '1-', 'É', '\u0300', 'ﬁ', '\ud800', ' '].map((text) => text.repeat(60_000 / text.length));
  const schemas = schemasOf();
  const times = hard.map((text) => JSON.stringify(text)).map((text) => elapsed(async () => JSON.parse(text)));
  const reading = median(await Promise.all(times));
  for (const { path, input } of inputsOf()) {
    for (const text of hard) {
      const filled = Object.fromEntries(
        Object.entries(input.properties ?? {}).map(([name, { type }]) => [
          name,
          type === 'array' ? Array(100).fill(text.slice(0, 600)) : text,
        ]),
      );
      const once = async () => elapsed(async () => expect((await schemas[path]?.safeParseAsync(filled))?.success).toBe(false));
      // Going back and forth over 60,000 characters would cost thousands of times this.
      expect(median([await once(), await once(), await once()]) / reading).toBeLessThan(500);
    }
  }
});

test('no input whatever makes a schema throw (R-TRN-11)', async () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.values(schemasOf())), value, async (schema, given) => {
      expect(typeof (await schema.safeParseAsync(given)).success).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});

/** The inputs' own schemas, by the path of their procedure. */
function schemasOf(withFields?: typeof fields): Record<string, z.ZodType> {
  const { authRouter } = createAuthRouter({ core: router.core, ...(withFields && { fields: withFields }) });
  const procedures = authRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>;
  return Object.fromEntries(Object.entries(procedures).flatMap(([path, { _def }]) => (_def.inputs[0] ? [[path, _def.inputs[0]]] : [])));
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
