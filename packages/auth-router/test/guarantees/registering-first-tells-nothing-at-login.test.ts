import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { countHashes, type HashTally } from '../counted-hashes.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let limited: TestRouter;
let tally: HashTally;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  tally = countHashes(router);
  limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(async () => {
  await router.close();
  await limited.close();
});

const chosen = 'a pass phrase of a stranger';

/** A stranger registers an address with a password of their own, and then tries it, and another, at login. */
async function registerAndTry(browser: TestBrowser, email: string, passwords: string[]) {
  await browser.call('registration.register', { email, password: chosen });
  tally.take();
  const answers = [];
  for (const password of passwords) {
    const { data, refusal } = await browser.call('auth.login', { identifier: email, password });
    answers.push({ answer: refusal ? refusal.reason : data, cost: tally.take() });
  }
  return answers;
}

test('a stranger who registers an address and logs in with that password cannot tell whether it had an account (R-REG-01)', async () => {
  const known = await signedInPerson(router);
  const fresh = newDetails().email;
  const tries = [chosen, 'a wrong pass phrase'];
  const onKnown = await registerAndTry(router.browser(), known.email, tries);
  const onFresh = await registerAndTry(router.browser(), fresh, tries);
  expect(onFresh).toEqual([
    { answer: { status: 'email_verification_required', email: fresh }, cost: { hashed: 0, verified: 2 } },
    { answer: 'invalid_credentials', cost: { hashed: 0, verified: 2 } },
  ]);
  expect(onKnown).toEqual(JSON.parse(JSON.stringify(onFresh).replace(fresh, known.email)));
});

test('every failed login costs the same, whoever it is for and whatever was registered (R-REG-01)', async () => {
  const known = await signedInPerson(router);
  const pending = newDetails();
  await router.browser().call('registration.register', pending);
  for (const identifier of [known.email, known.username, pending.email, pending.username, newDetails().email, 'nobody', 'no body']) {
    tally.take();
    expect(await router.browser().refusalOf('auth.login', { identifier, password: 'a wrong pass phrase' })).toBe('invalid_credentials');
    expect(tally.take()).toEqual({ hashed: 0, verified: 2 });
  }
});

test('the owner is not in the way of that, nor the stranger in the owner’s (R-REG-01)', async () => {
  const known = await signedInPerson(router);
  await router.browser().call('registration.register', { email: known.email.toUpperCase(), password: chosen });
  tally.take();
  const { data } = await router.browser().call('auth.login', { identifier: known.email, password: known.password });
  expect(data).toMatchObject({ status: 'authenticated', user: { id: known.userId, email: known.email } });
  expect(tally.take()).toEqual({ hashed: 0, verified: 1 });
});

test('trying that password wins no attempts back: the waits come alike (R-REG-01)', async () => {
  const known = await signedInPerson(limited, limited.browser({ ip: '198.51.100.1' }));
  const tries = Array.from({ length: 14 }, (_, index) => (index % 3 === 2 ? chosen : `wrong pass phrase ${index}`));
  const reasonsFor = async (email: string, ip: string) =>
    (await registerAndTry(limited.browser({ ip }), email, tries)).map(({ answer }) =>
      typeof answer === 'string' ? answer : answer?.['status'],
    );
  const onKnown = await reasonsFor(known.email, '198.51.100.2');
  const onFresh = await reasonsFor(newDetails().email, '198.51.100.3');
  expect(onKnown).toEqual(onFresh);
  expect(onFresh).toContain('too_many_attempts');
});
