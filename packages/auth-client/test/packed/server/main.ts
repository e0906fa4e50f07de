import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAuthClient } from '@latchkey/auth-client';
import { createInProcessClient } from '@latchkey/auth-client/server';
import { createAuthContext } from '@latchkey/auth-router';
import { openCore } from './core.ts';
import { type AppRouter, createAppRouter } from './router.ts';
import { serve } from './serve.ts';

const { core, database } = await openCore(process.argv[2] ?? '');
const router = createAppRouter(core);
const server = serve(router, 'http://localhost').listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const auth = createAuthClient<AppRouter>({ url, credentials: 'token' });
await auth.registration.register.mutate({ email: 'ada@example.com', password: 'a packed pass phrase', fields: { plan: 'paid' } });
const plan: 'free' | 'paid' = await auth.plan.mine.query();
// @ts-expect-error were the types lost on the way, this would be no mistake
const missing = auth.plan.yours;

const { client } = createInProcessClient({ router, createContext: createAuthContext, isSecure: false });
const outcome = await client.auth.login.mutate({ identifier: 'ada@example.com', password: 'a packed pass phrase' });
console.log(JSON.stringify({ plan, missing: typeof missing, inProcess: outcome.status, cookie: await client.plan.mine.query() }));

server.close();
server.closeAllConnections();
await database.close();
