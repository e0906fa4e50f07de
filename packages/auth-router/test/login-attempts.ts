import { passLimits } from './look-inside.ts';
import type { TestPerson } from './test-person.ts';
import type { TestBrowser, TestRouter } from './test-router.ts';

export type Attempt = { reason: string | null; retryAfterSeconds: number | null };

let addresses = 0;

/** A browser that was never here, at an address that nobody has used. */
export function stranger(router: TestRouter, ip?: string): TestBrowser {
  addresses += 1;
  return router.browser({ ip: ip ?? `198.51.${addresses >> 8}.${addresses & 255}` });
}

/** One login; with a wrong password unless one is given. */
export async function attempt(browser: TestBrowser, identifier: string, password = 'a wrong pass phrase'): Promise<Attempt> {
  const { refusal } = await browser.call('auth.login', { identifier, password });
  return { reason: refusal?.reason ?? null, retryAfterSeconds: refusal?.retryAfterSeconds ?? null };
}

/** So many failures, each from an address of its own and after whatever has to be waited for. */
export async function failedLogins(router: TestRouter, person: TestPerson, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const { reason } = await attempt(stranger(router), person.email);
    if (reason !== 'invalid_credentials') throw new Error(`the login was answered with ${reason}`);
    await passLimits(router, 16 * 60);
  }
}
