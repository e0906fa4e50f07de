import { readFileSync } from 'node:fs';
import type { AnyTRPCProcedure, AnyTRPCRouter, TRPCRouterRecord } from '@trpc/server';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { AuthRouter, ProcedurePath, ReasonOf, RefusalReason } from '../src/api/api.ts';

type Found = { path: string; type: 'query' | 'mutation'; reasons: Map<string, string> };
type Reading = { procedures: Found[]; listed: Map<string, string[]>; gate: Map<string, string>; lost: string[] };

const root = new URL('../../../', import.meta.url);
let read: (replaced?: Map<string, string>) => Reading;
let problemsOf: (reading: Reading) => string[];

beforeAll(async () => {
  read = ((await import(new URL('scripts/refusals/reachable-refusals.mjs', root).href)) as { reachableRefusals: typeof read })
    .reachableRefusals;
  problemsOf = ((await import(new URL('scripts/check-refusals.mjs', root).href)) as { refusalProblems: typeof problemsOf }).refusalProblems;
});

/** A source file with one piece of its text replaced; the piece has to be there. */
function changed(path: string, ...changes: [was: string, is: string][]): [string, string] {
  let text = readFileSync(new URL(path, root), 'utf8');
  for (const [was, is] of changes) {
    expect(text, path).toContain(was);
    text = text.replace(was, is);
  }
  return [path, text];
}

test('what is thrown and what is listed are compared in both directions, wherever it is thrown', { timeout: 120_000 }, () => {
  const replaced = new Map([
    changed(
      'packages/user-core/src/session/verify-token.ts',
      ['import', "import { Refusal } from '../refusal.ts';\nimport"],
      ['const claims =', "if (token === '') throw new Refusal('last_login_method');\n  const claims ="],
    ),
    changed('packages/user-core/src/limits/limits.ts', [
      'async forgive(action, account) {',
      "async forgive(action, account) {\n      if (account === '') throw new Refusal('state_mismatch');",
    ]),
    changed('packages/user-core/src/session/sessions.ts', ["throw new Refusal('not_found')", "throw new Error('not found')"]),
    changed(
      'packages/auth-router/src/password/password.router.ts',
      ['import {', 'import { Refusal, '],
      ['requestReset:', "peek: signedInProcedure.query(() => {\n      throw new Refusal('provider_denied');\n    }),\n\n    requestReset:"],
    ),
    changed(
      'packages/user-core/src/session/refresh.ts',
      ["throw new Refusal('refresh_token_reused');", 'throw new Refusal(refreshToken as never);'],
      ['const token = ', 'core.policy.unheard?.();\n  const token = '],
    ),
    changed('packages/user-core/src/policy.ts', [
      'export type Policy = typeof defaultPolicy;',
      'export type Unheard = { unheard?(): void };\nexport type Policy = typeof defaultPolicy & Unheard;',
    ]),
  ]);
  const problems = problemsOf(read(replaced));
  expect(problems).toContainEqual(expect.stringMatching(/^auth\.verifyToken can refuse with last_login_method \(.+verify-token\.ts:\d+\)/));
  expect(problems).toContainEqual(expect.stringMatching(/^auth\.login can refuse with state_mismatch \(.+limits\.ts:\d+\)/));
  expect(problems).toContainEqual(expect.stringMatching(/^auth\.sessions\.revoke lists not_found, which nothing it reaches/));
  expect(problems).toContainEqual(
    expect.stringMatching(/^password\.peek lists nothing; add\s+'password\.peek': \[\.\.\.anyCall, .*'provider_denied'/),
  );
  expect(problems).toContainEqual(expect.stringMatching(/refresh\.ts:\d+: the reason of this refusal cannot be read$/));
  expect(problems).toContainEqual(expect.stringMatching(/refresh\.ts:\d+: nothing here implements Unheard\.unheard$/));
});

test('a list without its procedure, and a refusal of the server that nobody lists, are problems', () => {
  const nothing: Reading = { procedures: [], listed: new Map(), gate: new Map(), lost: [] };
  expect(problemsOf(nothing)).toEqual([]);
  expect(problemsOf({ ...nothing, listed: new Map([['auth.gone', []]]) })).toEqual(['auth.gone is listed and is no procedure']);
  expect(problemsOf({ ...nothing, gate: new Map([['email_taken', 'server.ts:1']]) })).toEqual([
    expect.stringContaining('the server refuses with email_taken before a procedure runs'),
  ]);
});

type PathsOf<Record extends TRPCRouterRecord, Prefix extends string = ''> = {
  [Name in keyof Record & string]: Record[Name] extends AnyTRPCProcedure
    ? `${Prefix}${Name}`
    : Record[Name] extends TRPCRouterRecord
      ? PathsOf<Record[Name], `${Prefix}${Name}.`>
      : never;
}[keyof Record & string];

describe('the types of the list', () => {
  test('name every procedure and nothing else', () => {
    expectTypeOf<AuthRouter>().toExtend<AnyTRPCRouter>();
    expectTypeOf<PathsOf<AuthRouter['_def']['record']>>().toEqualTypeOf<ProcedurePath>();
  });

  test('name reasons of the union only, and never one that is reserved', () => {
    expectTypeOf<ReasonOf<ProcedurePath>>().toExtend<RefusalReason>();
    expectTypeOf<Extract<ReasonOf<ProcedurePath>, 'refresh_conflict'>>().toBeNever();
    expectTypeOf<ReasonOf<'auth.session'>>().toEqualTypeOf<'invalid_input' | 'batch_refused' | 'overloaded' | 'internal'>();
  });
});
