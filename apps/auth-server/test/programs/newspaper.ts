import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Refusal, type UserEvent } from '@latchkey/user-core';
import { userTable } from '@latchkey/user-core/schema';
import { composeLetter, runAuthServer } from 'auth-server';
import { pgTable, uuid } from 'drizzle-orm/pg-core';
import postgres from 'postgres';
import { z } from 'zod';

// The main file of an application that runs our server with what it adds. It is run as a process of its own.

const readerTable = pgTable('reader', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => userTable.id, { onDelete: 'cascade' }),
});

const diary = process.env['DIARY'] ?? '';
const note = (entry: object): void => appendFileSync(diary, `${JSON.stringify(entry)}\n`);

async function hear(event: UserEvent): Promise<void> {
  note({ event: event.type, id: event.id, userId: event.userId, data: event.data });
  // So that somebody can kill the process before it is done with an event.
  if (event.type === 'user.logged_in' && process.env['HESITATE'] === 'yes') await pause(60_000);
}

await runAuthServer({
  siteName: 'The Daily Latch',
  fields: z.object({ newsletter: z.boolean().default(false) }),
  hooks: {
    beforeRegister: async ({ email }) => {
      const message = 'The editors have accounts already.';
      if (email.startsWith('editor'))
        throw new Refusal('invalid_input', { fields: [{ path: 'email', code: 'editors_are_known', message }] });
      return undefined;
    },
    afterRegister: async (tx, user) => {
      await tx.insert(readerTable).values({ userId: user.id });
    },
  },
  router({ authRouters, router, signedInProcedure }) {
    const reader = router({ newsletter: signedInProcedure.query(({ ctx }) => (ctx.me.user.fields.newsletter ? 'weekly' : 'never')) });
    return router({ ...authRouters, reader });
  },
  subscribers: [hear],
  mails: {
    // Typed by what this kind of mail may show.
    verify_email: ({ token, expiresAt }, site) =>
      composeLetter(
        {
          subject: `Your first issue of ${site.name}`,
          paragraphs: [`One click, until ${expiresAt.toISOString()}, and it is yours.`],
          link: { label: 'Read', url: `${site.publicUrl}/verify-email#token=${token}` },
          advice: 'Nobody asked? Then read on without an account.',
        },
        site,
      ),
  },
  policy: (policy) => ({ ...policy, session: { ...policy.session, maxPerUser: 2 }, password: { ...policy.password, minLength: 12 } }),
  async migrate(databaseUrl) {
    const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
    await sql.begin(async (tx) => {
      // Several processes may start at once.
      await tx`select pg_advisory_xact_lock(20261125)`;
      await tx`create table if not exists public.reader (user_id uuid primary key references latchkey."user" (id) on delete cascade)`;
    });
    await sql.end();
  },
});
