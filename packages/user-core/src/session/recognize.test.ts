import { drizzle } from 'drizzle-orm/postgres-js';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import * as schema from '../schema.ts';
import { openTestCore, type TestCore } from '../testing/testing.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { recognize } from './recognize.ts';

let testCore: TestCore;
let client: postgres.Sql;
let counted: UserCore;
let statements = 0;

beforeAll(async () => {
  testCore = await openTestCore(inject('databaseUrl'));
  client = postgres(testCore.databaseUrl, { max: 2, onnotice: () => {} });
  const logQuery = () => {
    statements += 1;
  };
  counted = { ...testCore.core, db: drizzle(client, { schema, logger: { logQuery } }) };
});
afterAll(async () => {
  await client.end();
  await testCore.close();
});

const nobody = { signedIn: null, presented: [] };
const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.constantFrom('eyJhbGciOiJFZERTQSJ9', '{}', 'e30', 'null', 'W10', ''),
);
const bearer = fc.oneof(
  fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  fc.string({ minLength: 1000, maxLength: 4096 }),
);
const cookie = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => `lks_${text}`),
  fc.string({ minLength: 49, maxLength: 49 }).map((text) => `lks_${text}`),
);

test('malformed credentials are nobody’s, and no statement is made for them (R-TOK-14)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(cookie, { maxLength: 4 }), fc.option(bearer), async (cookies, token) => {
      expect(await recognize(counted, { cookies, bearer: token })).toEqual(nobody);
    }),
    { numRuns: 2000 },
  );
  expect(statements).toBe(0);
});

test('however many well-formed session cookies come, three are looked up (R-TOK-14)', async () => {
  statements = 0;
  const cookies = Array.from({ length: 150 }, () => mintSecretToken('session', testCore.core.host.random).token);
  expect(await recognize(counted, { cookies, bearer: null })).toEqual(nobody);
  expect(statements).toBe(3);
});
