import { randomBytes } from 'node:crypto';
import { createAuthRouter } from '@latchkey/auth-router';
import {
  assembleUserCore,
  type Clock,
  claimMail,
  defaultPolicy,
  dueMails,
  type Hooks,
  type Host,
  type Mail,
  markMailSent,
  openDatabase,
  type Policy,
  type UserCore,
} from '@latchkey/user-core';
import { userTable } from '@latchkey/user-core/schema';
import { createTestDatabase, manualClock } from '@latchkey/user-core/testing';
import { TRPCError } from '@trpc/server';
import { eq, sql } from 'drizzle-orm';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { z } from 'zod';

/** A table of the application's own, which references ours. */
export const postTable = pgTable('post', {
  id: uuid('id').primaryKey().defaultRandom(),
  authorId: uuid('author_id')
    .notNull()
    .references(() => userTable.id, { onDelete: 'cascade' }),
  title: text('title').notNull().unique(),
});

export const fields = z.object({ plan: z.enum(['free', 'paid']).default('free') });

/** An application that keeps posts and has no server of ours: it puts the packages together by itself. */
export type PostsApplication = {
  core: UserCore;
  router: ReturnType<typeof createAppRouter>;
  clock: ReturnType<typeof manualClock>;
  mails: Mail[];
  /** What its timer would do: hands over every mail that is due. */
  sendMails(): Promise<void>;
  /** Lets everything that waits in `posts.wait` go on. */
  release(): void;
  close(): Promise<void>;
};

export async function openPostsApplication(
  serverUrl: string,
  options: { hooks?: Hooks; policy?: Partial<Policy> } = {},
): Promise<PostsApplication> {
  const testDatabase = await createTestDatabase(serverUrl);
  const database = await openDatabase(testDatabase.url);
  await database.migrate();
  await database.db.execute(sql`create table public.post (id uuid primary key default gen_random_uuid(),
    author_id uuid not null references latchkey."user" (id) on delete cascade, title text not null unique)`);
  const clock = manualClock();
  const policy = { ...defaultPolicy, limitsEnabled: false, ...options.policy, password: { ...defaultPolicy.password, bcryptCost: 4 } };
  const core = await assembleUserCore(hostOf(clock), database, policy, options.hooks ? { hooks: options.hooks } : {});
  const gate = { release: (): void => {}, opened: Promise.resolve() };
  gate.opened = new Promise<void>((resolve) => {
    gate.release = resolve;
  });
  const mails: Mail[] = [];
  const sendMails = async (): Promise<void> => {
    for (let ids = await dueMails(core, 50); ids.length > 0; ids = await dueMails(core, 50)) {
      for (const id of ids) {
        const claimed = await claimMail(core, id);
        if (claimed) mails.push(claimed.mail);
        if (claimed) await markMailSent(core, id, false);
      }
    }
  };
  return {
    core,
    router: createAppRouter(core, gate),
    clock,
    mails,
    sendMails,
    release: () => gate.release(),
    async close() {
      await database.close();
      await testDatabase.drop();
    },
  };
}

/** Their router: our four, and one of their own beside them. */
function createAppRouter(core: UserCore, gate: { opened: Promise<void> }) {
  const { authRouters, router, publicProcedure, signedInProcedure, freshProcedure } = createAuthRouter({ core, fields });
  const posts = router({
    all: publicProcedure.query(() => core.db.select({ title: postTable.title }).from(postTable)),

    create: signedInProcedure.input(z.strictObject({ title: z.string().max(80) })).mutation(async ({ ctx, input }) => {
      if (ctx.me.user.fields.plan !== 'paid' && input.title.length > 20)
        throw new TRPCError({ code: 'FORBIDDEN', message: 'Long titles are for paying authors.' });
      const [made] = await core.db
        .insert(postTable)
        .values({ authorId: ctx.me.user.id, title: input.title })
        .onConflictDoNothing()
        .returning();
      if (!made) throw new TRPCError({ code: 'CONFLICT', message: 'There is a post of this title.' });
      return { title: made.title, author: ctx.me.user.email };
    }),

    removeMine: freshProcedure.mutation(async ({ ctx }) => {
      const removed = await core.db.delete(postTable).where(eq(postTable.authorId, ctx.me.user.id)).returning({ id: postTable.id });
      return { removed: removed.length };
    }),

    break: signedInProcedure.mutation(() => {
      throw new Error('connect ECONNREFUSED secret-host:5432');
    }),

    wait: signedInProcedure.query(async () => {
      await gate.opened;
      return 'waited';
    }),
  });
  return router({ ...authRouters, posts });
}

function hostOf(clock: Clock): Host {
  return {
    clock,
    random: { bytes: (length) => randomBytes(length) },
    // No job queue: the application looks for itself what is due.
    jobs: { enqueueMail: async () => {}, enqueueEvents: async () => {} },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    secrets: [{ id: 'app', secret: randomBytes(32).toString('base64url') }],
    issuer: 'https://app.example.test',
    threads: 8,
  };
}
