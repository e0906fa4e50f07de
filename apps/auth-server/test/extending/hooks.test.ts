import {
  confirmReset,
  type Hooks,
  login,
  type Policy,
  Refusal,
  type RegisterInput,
  register,
  requestReset,
  type Transaction,
  verifyEmail,
} from '@latchkey/user-core';
import { testCaller } from '@latchkey/user-core/testing';
import { TRPCError } from '@trpc/server';
import { sql } from 'drizzle-orm';
import { afterEach, expect, inject, test } from 'vitest';
import { openPostsApplication, type PostsApplication, postTable } from './posts-application.ts';

let app: PostsApplication;
afterEach(() => app.close());

const email = 'ada@example.com';
const password = 'a pass phrase of an author';
const account = { email, password, fields: { plan: 'free' } };

async function open(hooks: Hooks, policy: Partial<Policy> = {}): Promise<void> {
  app = await openPostsApplication(inject('databaseUrl'), { hooks, policy });
}

/** The token of the newest mail of a kind. */
async function mailed(kind: 'verify_email' | 'reset_password'): Promise<string> {
  await app.sendMails();
  const mail = app.mails.findLast((each) => each.kind === kind);
  if (mail?.kind !== kind) throw new Error(`no ${kind} was mailed`);
  return (mail.content as { token: string }).token;
}

const signUp = (input: Partial<RegisterInput> = {}) => register(app.core, { ...account, ...input }, testCaller());
const count = async (table: string) => Number((await app.core.db.execute(`select count(*)::int as n from ${table}`))[0]?.['n']);

/** Every way in by which somebody gets an account and a session here; those of social login have their own test. */
const waysIn: [way: string, enter: () => Promise<unknown>, policy: Partial<Policy>][] = [
  ['a proven address, in the browser that registered', byMail, {}],
  ['a proven address, elsewhere', () => byMail(password), {}],
  ['a reset of what was never proven', byReset, {}],
  ['a registration without verification', () => signUp(), { emailVerification: 'none' }],
  ['a registration that may be verified later', () => signUp(), { emailVerification: 'optional' }],
];

async function byMail(typed?: string): Promise<unknown> {
  const { browserToken } = await signUp();
  return verifyEmail(app.core, { token: await mailed('verify_email'), password: typed }, testCaller(typed ? {} : { browserToken }));
}

async function byReset(): Promise<unknown> {
  await signUp();
  await requestReset(app.core, { email }, testCaller());
  await confirmReset(app.core, { token: await mailed('reset_password'), newPassword: password }, testCaller());
  return login(app.core, { identifier: email, password }, testCaller());
}

test.each(waysIn)('by %s the four run, once and in order, with what they are to know', async (_, enter, policy) => {
  const ran: unknown[] = [];
  await open(
    {
      beforeRegister: async (candidate, origin) => {
        ran.push(['beforeRegister', candidate.email, origin.ip]);
        return undefined;
      },
      afterRegister: async (_tx, user) => void ran.push(['afterRegister', user.email]),
      beforeLogin: async (user, { origin }) => void ran.push(['beforeLogin', user.email, origin.ip]),
      afterLogin: async (_tx, user, session) => void ran.push(['afterLogin', user.email, session.ip]),
    },
    policy,
  );
  expect(await enter()).toMatchObject({ status: 'authenticated', user: { email } });
  expect(ran).toEqual([
    ['beforeRegister', email, '192.0.2.1'],
    ['afterRegister', email],
    ['beforeLogin', email, '192.0.2.1'],
    ['afterLogin', email, '192.0.2.1'],
  ]);
});

test.each(waysIn)(
  'by %s an application’s rows are written with the account and the session, or none of them is',
  async (_, enter, policy) => {
    let fails = true;
    const write = async (tx: Transaction, authorId: string, title: string) => void (await tx.insert(postTable).values({ authorId, title }));
    await open(
      {
        afterRegister: async (tx, user) => write(tx, user.id, 'welcome'),
        async afterLogin(tx, user) {
          await write(tx, user.id, `login ${await count('latchkey.session')}`);
          if (fails) throw new Error('the application is broken');
        },
      },
      policy,
    );
    await expect(enter()).rejects.toThrow('the application is broken');
    // A reset makes the account in a step of its own; of a failed login nothing is left.
    const isMade = await count('latchkey."user"');
    expect([await count('latchkey.session'), await count('public.post')]).toEqual([0, isMade]);
    expect(isMade).toBe(enter === byReset ? 1 : 0);

    fails = false;
    const outcome = isMade === 1 ? await login(app.core, { identifier: email, password }, testCaller()) : await enter();
    expect(outcome).toMatchObject({ status: 'authenticated' });
    const titles = await app.core.db.select({ title: postTable.title }).from(postTable).orderBy(postTable.title);
    expect(titles).toEqual([{ title: 'login 0' }, { title: 'welcome' }]);
  },
);

test('beforeRegister refuses with a reason, before anything is looked up or written', async () => {
  const message = 'Only members of the club may register.';
  await open({
    beforeRegister: async ({ email: asked }) => {
      if (!asked.endsWith('@club.example'))
        throw new Refusal('invalid_input', { fields: [{ path: 'email', code: 'not_a_member', message }] });
      return undefined;
    },
  });
  await expect(signUp()).rejects.toMatchObject({ reason: 'invalid_input', fields: [{ path: 'email', code: 'not_a_member', message }] });
  expect([await count('latchkey.registration'), await count('latchkey.mail')]).toEqual([0, 0]);
  expect(await signUp({ email: 'ada@club.example' })).toMatchObject({ status: 'email_verification_required' });
});

test('beforeRegister amends what is stored, and its amendments are checked like anything else', async () => {
  let username = 'ada-of-the-club';
  await open({ beforeRegister: async () => ({ username, firstName: 'Ada', fields: { plan: 'paid' } }) }, { emailVerification: 'none' });
  expect(await signUp({ firstName: 'Somebody' })).toMatchObject({
    user: { email, username, firstName: 'Ada', fields: { plan: 'paid' } },
  });
  username = 'not a username';
  await expect(signUp({ email: 'bob@example.com' })).rejects.toMatchObject({ reason: 'invalid_input', fields: [{ path: 'username' }] });
});

test('beforeLogin refuses in its own words, and neither a session nor a proof is left', async () => {
  const message = 'Your account waits for somebody to look at it.';
  await open({
    async beforeLogin() {
      throw new TRPCError({ code: 'FORBIDDEN', message });
    },
  });
  await expect(byMail(password)).rejects.toThrow(message);
  expect([await count('latchkey.session'), await count('latchkey."user"')]).toEqual([0, 0]);
});

test('beforeLogin reads what it needs with the transaction it is given, however many log in at once', async () => {
  let isOpen = true;
  await open(
    {
      async beforeLogin(user, { tx }) {
        const [found] = await tx.execute<{ posts: number }>(
          sql`select count(*)::int as posts from public.post where author_id = ${user.id}`,
        );
        if (!isOpen && found?.posts === 0) throw new Refusal('not_found');
      },
    },
    { emailVerification: 'none' },
  );
  await signUp();
  const logins = Array.from({ length: 40 }, () => login(app.core, { identifier: email, password }, testCaller()));
  for (const outcome of await Promise.all(logins)) expect(outcome).toMatchObject({ status: 'authenticated' });
  isOpen = false;
  await expect(login(app.core, { identifier: email, password }, testCaller())).rejects.toMatchObject({ reason: 'not_found' });
});

test('afterRegister that cannot write its row loses the account with it', async () => {
  await open(
    { afterRegister: async (tx, user) => void (await tx.insert(postTable).values({ authorId: user.id, title: 'the only one' })) },
    { emailVerification: 'none' },
  );
  await signUp();
  await expect(signUp({ email: 'bob@example.com' })).rejects.toThrow();
  expect([await count('latchkey."user"'), await count('latchkey.session'), await count('public.post')]).toEqual([1, 1, 1]);
});
