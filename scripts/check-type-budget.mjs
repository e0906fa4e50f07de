// What our types cost an application's compiler: an application with fifty procedures of its own is compiled with ours
// beside them and without, and the difference has a budget. Declarations are emitted too: they must be nameable.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** What ours may add. Counted by one thread they are the same from run to run; a new procedure costs some 100 instantiations. */
const budget = { instantiations: 9_000, files: 34 };
/** Times are not exact: with ours the check may take twice as long as without, and half a second more. */
const mostTimes = { factor: 2, seconds: 0.5 };
/** What else the machine does only ever adds to a time: the fastest of some runs is what counts. */
const runs = { least: 2, most: 6 };

const numbers = Array.from({ length: 50 }, (_, index) => index);
const own = {
  'router.ts': `import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
const t = initTRPC.create({ transformer: superjson });
export const ownRouter = t.router({
${numbers.map((n) => `  p${n}: t.procedure.input((value: unknown) => value as { id: string; n${n}: number }).query(({ input }) => ({ id: input.id, v${n}: input.n${n}, at: new Date() })),`).join('\n')}
});
export type OwnRouter = typeof ownRouter;
`,
  'client.ts': `import { createTRPCClient, httpBatchLink } from '@trpc/client';
import superjson from 'superjson';
import type { OwnRouter } from './router.ts';
export const client = createTRPCClient<OwnRouter>({ links: [httpBatchLink({ url: '', transformer: superjson })] });
${numbers.map((n) => `export const call${n} = async () => (await client.p${n}.query({ id: '', n${n}: 1 })).v${n};`).join('\n')}
`,
  'screens.tsx': `import { useQuery } from '@tanstack/react-query';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import type { OwnRouter } from './router.ts';
export const { TRPCProvider, useTRPC } = createTRPCContext<OwnRouter>();
${numbers.map((n) => `export function Screen${n}() {\n  return <p>{useQuery(useTRPC().p${n}.queryOptions({ id: '', n${n}: 1 })).data?.v${n}}</p>;\n}`).join('\n')}
`,
};
const ours = {
  'auth.ts': `import { createAuthClient, refusalOf } from '@latchkey/auth-client';
export const auth = createAuthClient({ url: '' });
export async function logIn() {
  try {
    const outcome = await auth.auth.login.mutate({ identifier: '', password: '' });
    return outcome.status === 'authenticated' ? outcome.user.email : outcome.status;
  } catch (error) {
    switch (refusalOf(error, 'auth.login')?.reason) {
      case 'invalid_credentials': return 'wrong';
      case 'too_many_attempts': return 'wait';
      default: throw error;
    }
  }
}
export const everything = () => Promise.all([
  auth.auth.session.query(), auth.auth.user.query(), auth.auth.updateUser.mutate({}), auth.auth.sessions.list.query(),
  auth.auth.sessions.revokeOthers.mutate(), auth.auth.reauthenticate.mutate({ password: '' }), auth.auth.logout.mutate(),
  auth.registration.register.mutate({ email: '', password: '' }), auth.registration.verifyEmail.mutate({ token: '' }),
  auth.registration.requestEmailChange.mutate({ email: '' }), auth.password.change.mutate({ currentPassword: '', newPassword: '' }),
  auth.password.requestReset.mutate({ email: '' }), auth.password.confirmReset.mutate({ token: '', newPassword: '' }),
]);
`,
  'auth-screens.tsx': `import type { AuthRouter } from '@latchkey/auth-client';
import { createAuthHooks } from '@latchkey/auth-client/react';
import { useMutation, useQuery } from '@tanstack/react-query';
export const { AuthProvider, useAuthApi, useSession, useUser } = createAuthHooks<AuthRouter>();
export function Account() {
  const api = useAuthApi();
  const login = useMutation(api.auth.login.mutationOptions());
  const sessions = useQuery(api.auth.sessions.list.queryOptions());
  const session = useSession();
  return <p>{session.status === 'signed_in' ? session.user.email : login.error?.data?.reason}{sessions.data?.length}{useUser()?.email}</p>;
}
`,
  'service.ts': `import { createServerAuth } from '@latchkey/auth-client/server';
export const serverAuth = createServerAuth({ url: '' });
export const who = (request: Request) => serverAuth.sessionFromRequest(request);
`,
};

const place = mkdtempSync(join(root, 'packages/auth-client/.type-budget-'));
try {
  const applications = { without: write('without', own), beside: write('with', { ...own, ...ours }) };
  let [without, beside] = [null, null];
  const isSlow = () => beside.seconds > without.seconds * mostTimes.factor + mostTimes.seconds;
  for (let run = 0; run < runs.least || (run < runs.most && isSlow()); run += 1) {
    without = faster(without, measure(applications.without));
    beside = faster(beside, measure(applications.beside));
  }
  const added = { instantiations: beside.instantiations - without.instantiations, files: beside.files - without.files };
  console.log(`without ours: ${without.instantiations} instantiations, ${without.files} files, checked in ${without.seconds.toFixed(2)} s`);
  console.log(`with ours:    ${beside.instantiations} instantiations, ${beside.files} files, checked in ${beside.seconds.toFixed(2)} s`);
  console.log(`added:        ${added.instantiations} of ${budget.instantiations} instantiations, ${added.files} of ${budget.files} files`);
  const problems = [...without.problems, ...beside.problems];
  for (const [name, most] of Object.entries(budget))
    if (!(added[name] <= most)) problems.push(`our types add ${added[name]} ${name}; ${most} are the most`);
  if (!(added.files >= 5)) problems.push('our types were not loaded: the measure is wrong');
  if (isSlow()) problems.push('our types make the check more than twice as long');
  for (const problem of problems) console.error(`✘ ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}

function faster(before, now) {
  return before === null || now.seconds < before.seconds ? now : before;
}

/** An application in a folder of its own, with project references in mind: strict, and with declarations. */
function write(name, files) {
  const folder = join(place, name);
  mkdirSync(folder);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2024', 'dom', 'dom.iterable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    jsx: 'react-jsx',
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
    composite: true,
    emitDeclarationOnly: true,
    outDir: 'dist',
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

function measure(folder) {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  rmSync(join(folder, 'tsconfig.tsbuildinfo'), { force: true });
  const program = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [program, '-p', folder, '--extendedDiagnostics', '--listFiles', '--singleThreaded'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const read = (label) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1]);
  const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
  const server = stdout.split('\n').filter((line) => /\/(user-core|drizzle-orm|postgres|zod|fastify)\//.test(line));
  return {
    instantiations: read('Instantiations'),
    files: read('Files'),
    seconds: read('Check time'),
    problems: [...errors, ...server.map((file) => `the compiler of an application loads ${file}`)],
  };
}
