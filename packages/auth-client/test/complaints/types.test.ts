import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, expectTypeOf, test } from 'vitest';
import { type ReasonOf, type RefusalReason, refusalOf } from '../../src/auth-client.ts';

// What users of peers report about types, each as its thread tells it.

const root = fileURLToPath(new URL('../../../../', import.meta.url));

test('the reason of an error is one of a closed list, and so is the code of a field (better-auth#8467, #3879)', () => {
  const refusal = refusalOf(new Error('any'));
  if (refusal) expectTypeOf(refusal.reason).toEqualTypeOf<RefusalReason>();
  expectTypeOf<string>().not.toExtend<RefusalReason>();
  expectTypeOf<'anything'>().not.toExtend<RefusalReason>();
});

/** Compiles only when every reason has its case: what is left over must be nothing. */
function wordsFor(error: unknown): string {
  const refusal = refusalOf(error, 'auth.login');
  switch (refusal?.reason) {
    case 'invalid_credentials':
      return 'That is not right.';
    case 'too_many_attempts':
      return `Wait for ${refusal.retryAfterSeconds} seconds.`;
    case 'invalid_input':
    case 'batch_refused':
    case 'origin_refused':
      return 'The page is at fault.';
    case 'overloaded':
    case 'internal':
      return 'Try again.';
    case undefined:
      return 'No answer.';
    default:
      return refusal satisfies never;
  }
}

test('a switch over the refusals of one procedure is complete or does not compile (trpc#3438, #6832, #6849, #7279)', () => {
  const error = (reason: RefusalReason, path = 'auth.login') =>
    Object.assign(new Error(reason), {
      data: { reason, path, requestId: 'r', code: 'UNAUTHORIZED', httpStatus: 401, retryAfterSeconds: 5 },
    });
  expect(wordsFor(error('invalid_credentials'))).toBe('That is not right.');
  expect(wordsFor(error('too_many_attempts'))).toBe('Wait for 5 seconds.');
  expect(wordsFor(new TypeError('fetch failed'))).toBe('No answer.');
  expect(wordsFor(error('weak_password', 'password.change'))).toBe('No answer.');
  expectTypeOf<Exclude<ReasonOf<'auth.login'>, 'invalid_credentials'>>().not.toBeNever();
  // @ts-expect-error a reason that this procedure never gives is no case of its switch
  expect(refusalOf(error('invalid_credentials'), 'auth.login')?.reason === 'weak_password').toBe(false);
  // @ts-expect-error there is no such procedure
  expect(refusalOf(error('invalid_credentials'), 'auth.lgoin')).toBeNull();
});

test('clients, hooks and merged routers can be exported from a package that emits declarations (better-auth#3103, #2789, #2036)', {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(root, 'packages/auth-client/.type-budget-'));
  try {
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2024', 'dom'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      jsx: 'react-jsx',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      composite: true,
      emitDeclarationOnly: true,
      rewriteRelativeImportExtensions: true,
      outDir: 'dist',
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    writeFileSync(
      join(folder, 'app.ts'),
      `import { createAuthClient, type AuthRouter } from '@latchkey/auth-client';
import { createAuthHooks } from '@latchkey/auth-client/react';
import { createServerAuth } from '@latchkey/auth-client/server';
import { createAuthRouter } from '@latchkey/auth-router';
import type { UserCore } from '@latchkey/user-core';
import { z } from 'zod';
export const fields = z.strictObject({ plan: z.enum(['free', 'paid']) });
export const client = createAuthClient<AuthRouter<typeof fields>>({ url: '' });
export const hooks = createAuthHooks<AuthRouter<typeof fields>>();
export const service = createServerAuth<AuthRouter<typeof fields>>({ url: '' });
export const makeApp = (core: UserCore) => {
  const { authRouters, router, signedInProcedure } = createAuthRouter({ core, fields });
  return router({ ...authRouters, posts: router({ mine: signedInProcedure.query(({ ctx }) => [ctx.me.user.fields.plan]) }) });
};
export type AppRouter = ReturnType<typeof makeApp>;
export const appClient = createAuthClient<AppRouter>({ url: '' });
`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
    const declaration = readFileSync(join(folder, 'dist/app.d.ts'), 'utf8');
    expect(declaration).not.toMatch(/\bany\b|\.pnpm|drizzle/);
    expect(declaration.length).toBeLessThan(5_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('our types beside fifty procedures of an application’s own stay within their budget (ixahmedxi/typescript-monorepo-demo#2, create-t3-app#2046)', {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/check-type-budget.mjs')], { encoding: 'utf8' });
  expect(stderr + stdout).toContain('instantiations');
  expect(status, stderr).toBe(0);
});
