import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { login } from '../login/login.ts';
import { claimMail } from '../mail/claim-mail.ts';
import { dueMails, markMailSent } from '../mail/outbox.ts';
import { register } from '../registration/register.ts';
import { verifyEmail } from '../registration/verify-email.ts';
import { openTestCore, type TestCore, testCaller } from '../testing/testing.ts';
import type { UserCore } from '../user-core.ts';

const made = (id: string) => ({ id, secret: randomBytes(32).toString('base64url') });
const [first, second, similar] = [made('a_1'), made('b'), made('ab1')];
const email = 'ada@example.com';
const password = 'a pass phrase to be kept';

let opened: TestCore;
beforeEach(async () => {
  opened = await openTestCore(inject('databaseUrl'), { secrets: [first] });
});
afterEach(() => opened.close());

async function sendAll(core: UserCore): Promise<void> {
  for (const id of await dueMails(core, 50)) if (await claimMail(core, id)) await markMailSent(core, id, false);
}

async function signUp(core: UserCore): Promise<void> {
  const { browserToken } = await register(core, { email, password }, testCaller());
  const { token } = await opened.lastMail('verify_email', email);
  await verifyEmail(core, { token }, testCaller({ browserToken }));
  await sendAll(core);
}

describe('a root secret that is given up (R-TOK-15)', () => {
  test('is asked for as long as a password needs it, and not once it was used again', async () => {
    await signUp(opened.core);
    const rotated = await opened.another([second, first]);
    await expect(opened.another([second])).rejects.toThrow('SECRET a_1 is missing, and still needed for passwords; put it back');
    expect(await login(rotated, { identifier: email, password }, testCaller())).toMatchObject({ status: 'authenticated' });
    await sendAll(rotated);
    const alone = await opened.another([second]);
    expect(await login(alone, { identifier: email, password }, testCaller())).toMatchObject({ status: 'authenticated' });
  });

  test('is asked for as long as a mail waits that it sealed, or a registration that it hashed', async () => {
    await register(opened.core, { email, password }, testCaller());
    await opened.another([second, first]);
    await expect(opened.another([second])).rejects.toThrow('passwords of registrations, unsent mails');
    await sendAll(opened.core);
    await expect(opened.another([second])).rejects.toThrow(/for passwords of registrations; put it back/);
    opened.clock.advance(2 * 24 * 60 * 60);
    await opened.another([second]);
  });

  test('is told from one of a similar name', async () => {
    await signUp(opened.core);
    await opened.another([similar, first]);
    await opened.another([second, similar, first]);
    await opened.another([second, first]);
    await expect(opened.another([second])).rejects.toThrow('SECRET a_1 is missing');
  });

  test('is forgotten when nothing needs it, and may be given up all the same by deleting its row', async () => {
    await signUp(opened.core);
    await opened.another([second, first]);
    await opened.database.db.execute(`delete from latchkey.root_secret where id = 'a_1'`);
    const alone = await opened.another([second]);
    await expect(login(alone, { identifier: email, password }, testCaller())).rejects.toMatchObject({ reason: 'invalid_credentials' });
    expect(await opened.database.db.execute('select id from latchkey.root_secret')).toEqual([{ id: 'b' }]);
  });
});
