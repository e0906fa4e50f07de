import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { countHashes, type HashTally } from '../counted-hashes.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let mandatory: TestRouter;
let optional: TestRouter;
let tallies: Map<TestRouter, HashTally>;

beforeAll(async () => {
  mandatory = await openTestRouter(inject('databaseUrl'));
  optional = await openTestRouter(inject('databaseUrl'), { policy: { emailVerification: 'optional' } });
  tallies = new Map([mandatory, optional].map((router) => [router, countHashes(router)]));
});
afterAll(async () => {
  await mandatory.close();
  await optional.close();
});

async function costOf(router: TestRouter, path: string, input: unknown) {
  tallies.get(router)?.take();
  await router.browser().call(path, input);
  return tallies.get(router)?.take();
}

test('a registration costs one hash for a new, a pending and an existing address (R-REG-02)', async () => {
  const known = await signedInPerson(mandatory);
  const pending = newDetails();
  const password = 'a pass phrase of a stranger';
  for (const email of [pending.email, pending.email, known.email, known.email.toUpperCase()]) {
    expect(await costOf(mandatory, 'registration.register', { email, password })).toEqual({ hashed: 1, verified: 0 });
  }
});

test('also where an address that is taken is refused (R-REG-02)', async () => {
  const { email, password } = newDetails();
  expect(await costOf(optional, 'registration.register', { email, password })).toEqual({ hashed: 1, verified: 0 });
  expect(await costOf(optional, 'registration.register', { email, password })).toEqual({ hashed: 1, verified: 0 });
});

test('asking for a reset or another verification mail costs no hash for any address (R-REG-02, R-PWD-10)', async () => {
  const known = await signedInPerson(mandatory);
  for (const email of [known.email, newDetails().email]) {
    for (const path of ['password.requestReset', 'registration.resendVerification']) {
      expect(await costOf(mandatory, path, { email })).toEqual({ hashed: 0, verified: 0 });
    }
  }
});
