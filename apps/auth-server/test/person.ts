import { randomBytes } from 'node:crypto';
import { type Browser, openBrowser } from './browser.ts';

export type Person = { browser: Browser; email: string; username: string; password: string };

/** Somebody who is about to register: an address, a name and a password nobody else has. */
export function newPerson(url: string, origin = url): Person {
  const name = `p${randomBytes(5).toString('hex')}`;
  return { browser: openBrowser(url, { origin }), email: `${name}@example.com`, username: name, password: `pass phrase of ${name}` };
}

/** Somebody who has registered, answered the mail and is logged in. */
export async function signedInPerson(url: string, origin = url): Promise<Person> {
  const person = newPerson(url, origin);
  const { email, username, password } = person;
  await person.browser.call('registration.register', { email, username, password });
  const token = await person.browser.mailedToken('verify-email', email);
  const verified = await person.browser.call<{ status: string }>('registration.verifyEmail', { token });
  if (verified.data?.status !== 'authenticated') throw new Error(`verification answered ${verified.text}`);
  return person;
}
