import { randomBytes } from 'node:crypto';
import type { TestBrowser, TestRouter } from './test-router.ts';

export type TestPerson = { browser: TestBrowser; email: string; username: string; password: string; userId: string };

/** An address, a name and a password that nobody else has. */
export function newDetails(): { email: string; username: string; password: string } {
  const name = `p${randomBytes(5).toString('hex')}`;
  return { email: `${name}@example.com`, username: name, password: `pass phrase of ${name}` };
}

/** Somebody who has registered, answered the mail and is logged in, in a browser of their own. */
export async function signedInPerson(router: TestRouter, browser: TestBrowser = router.browser()): Promise<TestPerson> {
  const details = newDetails();
  await browser.call('registration.register', details);
  const { token } = await router.lastMail('verify_email', details.email);
  const { data } = await browser.call<{ status: string; user: { id: string } }>('registration.verifyEmail', {
    token,
    password: details.password,
  });
  if (data?.status !== 'authenticated') throw new Error(`verification answered ${JSON.stringify(data)}`);
  return { ...details, browser, userId: data.user.id };
}
