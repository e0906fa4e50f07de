import type { TestRouter } from './test-router.ts';

/** Asks for a reset, as anybody may, and reads the owner's mail. */
export async function resetTokenOf(router: TestRouter, email: string): Promise<string> {
  // Mails of one moment have no order: the newest is to be this one.
  router.clock.advance(1);
  await router.browser().call('password.requestReset', { email });
  return (await router.lastMail('reset_password', email)).token;
}
