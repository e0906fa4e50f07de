import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { patiently } from '../patiently.ts';
import { newPerson } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { freePort, startTwoServers } from '../start-server.ts';

type Two = Awaited<ReturnType<typeof startTwoServers>>;
type Outcome = { status: string };

const parallel = 20;

/** Twenty browsers, on two servers in turn, none of which knows of the others. */
function browsersOf(two: Two, origin: string): Browser[] {
  return Array.from({ length: parallel }, (_, index) => openBrowser(two.servers[index % 2 === 0 ? 0 : 1].url, { origin }));
}

describe.each(['mandatory', 'optional', 'none'])('where verification is %s', (EMAIL_VERIFICATION) => {
  let two: Two;
  let origin: string;

  beforeAll(async () => {
    origin = `http://localhost:${await freePort()}`;
    two = await startTwoServers(inject('databaseUrl'), { EMAIL_VERIFICATION, PUBLIC_URL: origin });
  });
  afterAll(() => two.close());

  test('twenty registrations of one address at once leave one account, and nobody sees a failure (R-REG-03)', async () => {
    const { email, password } = newPerson(origin);
    const browsers = browsersOf(two, origin);
    const spelling = (index: number) => (index % 3 === 0 ? email.toUpperCase() : email);
    const answers = await Promise.all(
      browsers.map((browser, index) =>
        patiently(() => browser.call<Outcome>('registration.register', { email: spelling(index), password })),
      ),
    );
    const outcomes = answers.map(({ status, data, error }) => `${status} ${error?.reason ?? data.status}`);

    if (EMAIL_VERIFICATION === 'mandatory') {
      expect(new Set(outcomes)).toEqual(new Set(['200 email_verification_required']));
      await proveAllAtOnce(browsers);
    } else {
      expect(outcomes.filter((outcome) => outcome === '200 authenticated')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['200 authenticated', '409 email_taken']));
    }
    const accounts = await query(two.database.url, `select email from latchkey."user" where email_canonical = '${email}'`);
    expect(accounts).toHaveLength(1);
    expect(await query(two.database.url, `select from latchkey.registration where email_canonical = '${email}'`)).toEqual([]);

    async function proveAllAtOnce(registered: Browser[]): Promise<void> {
      // Only the newest five stay; each was mailed a link of its own.
      const pending = await query(two.database.url, `select id from latchkey.registration where email_canonical = '${email}'`);
      expect(pending).toHaveLength(5);
      const tokens = await tokensMailedTo(email, parallel);
      const proofs = tokens.map((token, index) =>
        patiently(() => (registered[index] as Browser).call<Outcome>('registration.verifyEmail', { token, password })),
      );
      const proven = (await Promise.all(proofs)).map(({ data, error }) => error?.reason ?? data.status);
      expect(proven.filter((outcome) => outcome === 'authenticated')).toHaveLength(1);
      expect(new Set(proven)).toEqual(new Set(['authenticated', 'invalid_token']));
    }
  });

  async function tokensMailedTo(email: string, count: number): Promise<string[]> {
    const reader = openBrowser(two.servers[0].url, { origin });
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      const mails = (await reader.mails()).filter((mail) => mail.to.toLowerCase() === email);
      if (mails.length === count) return mails.map(({ text }) => /#token=([\w-]+)/.exec(text)?.[1] ?? '');
    }
    throw new Error(`not all mails came for ${email}`);
  }
});
