import { newDetails } from './test-person.ts';
import type { TestBrowser, TestRouter } from './test-router.ts';

export type PendingPerson = { browser: TestBrowser; email: string; username: string; password: string; token: string };

/** Somebody who has registered, in a browser of their own, and was mailed a link that nobody has opened. */
export async function pendingPerson(router: TestRouter, details = newDetails(), browser = router.browser()): Promise<PendingPerson> {
  // Mails of one moment have no order: the newest is to be this one's.
  router.clock.advance(1);
  const { refusal } = await browser.call('registration.register', details);
  if (refusal) throw refusal;
  return { ...details, browser, token: (await router.lastMail('verify_email', details.email)).token };
}
