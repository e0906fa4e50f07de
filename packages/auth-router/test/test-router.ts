import { Refusal, type RefusalReason } from '@latchkey/user-core';
import { openTestCore, type TestCore, type TestCoreOptions } from '@latchkey/user-core/testing';
import { TRPCError } from '@trpc/server';
import type { z } from 'zod';
import { type CookieName, createAuthContext, createAuthRouter } from '../src/auth-router.ts';

/** What a call in this process gave: its value, or why it was refused. A bug is thrown. */
export type Called<T> = { data: T; refusal: null } | { data: null; refusal: Refusal };

/** Somebody with a cookie jar (or a bearer token to set), calling the router without a transport. */
export type TestBrowser = {
  cookies: Map<CookieName, string>;
  bearer: string | null;
  call<T = Record<string, unknown>>(path: string, input?: unknown, request?: { calls?: string[]; isStream?: boolean }): Promise<Called<T>>;
  /** The reason for which a call is refused; null when it is not. */
  refusalOf(path: string, input?: unknown): Promise<RefusalReason | null>;
};

export type TestRouter = TestCore & {
  browser(options?: { credentials?: 'cookie' | 'token'; ip?: string | null; userAgent?: string }): TestBrowser;
};

/** The whole router on a database of its own, with a clock to move. Limits are off and hashes cheap unless `policy` says otherwise. */
export async function openTestRouter(serverUrl: string, options: TestCoreOptions & { fields?: z.ZodObject } = {}): Promise<TestRouter> {
  const testCore = await openTestCore(serverUrl, options);
  const { authRouter } = createAuthRouter({ core: testCore.core, ...(options.fields && { fields: options.fields }) });
  return {
    ...testCore,
    browser({ credentials = 'cookie', ip = '192.0.2.1', userAgent = 'Test browser' } = {}) {
      const cookies = new Map<CookieName, string>();
      const valuesOf = (name: CookieName) => [cookies.get(name)].filter((value) => value !== undefined);
      const browser: TestBrowser = {
        cookies,
        bearer: null,
        async call<T>(path: string, input?: unknown, { calls = [path], isStream = false } = {}) {
          const request = {
            origin: { ip, userAgent, requestId: 'test-request' },
            credentials,
            cookies: {
              session: valuesOf('session'),
              device: valuesOf('device'),
              registration: valuesOf('registration'),
              social: valuesOf('social'),
            },
            bearer: browser.bearer,
            calls,
            isStream,
          };
          const sink = {
            set: (name: CookieName, value: string) => void cookies.set(name, value),
            clear: (name: CookieName) => void cookies.delete(name),
            clearSite: () => cookies.clear(),
          };
          try {
            return {
              data: (await procedureAt(authRouter.createCaller(createAuthContext({ request, cookies: sink })), path)(input)) as T,
              refusal: null,
            };
          } catch (error) {
            if (error instanceof TRPCError && error.cause instanceof Refusal) return { data: null, refusal: error.cause };
            if (error instanceof TRPCError && error.code === 'BAD_REQUEST') return { data: null, refusal: new Refusal('invalid_input') };
            throw error;
          }
        },
        refusalOf: async (path, input) => (await browser.call(path, input)).refusal?.reason ?? null,
      };
      return browser;
    },
  };
}

/** The procedure at a path of names, on a caller that is a proxy at every step. */
function procedureAt(caller: unknown, path: string): (input: unknown) => Promise<unknown> {
  let found = caller as Record<string, unknown>;
  for (const name of path.split('.')) found = found[name] as Record<string, unknown>;
  return found as unknown as (input: unknown) => Promise<unknown>;
}
