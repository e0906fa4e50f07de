import { createTRPCClient, unstable_localLink as localLink, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter, inferRouterContext } from '@trpc/server';
import superjson from 'superjson';
import type { AuthRequest, AuthRouter, CookieName, CookieSink } from '#api';
import type { AuthClient } from '../auth-client.ts';
import { bearerOf, ourCookiesOf, type ReadRequest, type RequestLike, readRequest } from './request-headers.ts';

/** The router to call, how its context is made, and in whose name. */
export type InProcessOptions<Router extends AnyTRPCRouter> = {
  /** `authRouter` of `createAuthRouter`, or an application's router around ours. */
  router: Router;
  /** `createAuthContext` of `@latchkey/auth-router`, or what an application makes of it. */
  createContext: (parts: { request: AuthRequest; cookies: CookieSink }) => inferRouterContext<Router> | Promise<inferRouterContext<Router>>;
  /** In whose name. Left out, in nobody's: a job. */
  request?: RequestLike | undefined;
  /** Whether the site is served over TLS, which decides the names of its cookies. */
  isSecure: boolean;
  /** Names the request in the logs. */
  requestId?: string | undefined;
};

/**
 * A client without HTTP. What a call sets as a cookie counts for the calls that follow, and `cookies` are the `Set-Cookie`
 * lines so far, for the answer of whoever asked.
 */
export type InProcessClient<Router extends AnyTRPCRouter = AuthRouter> = { client: AuthClient<Router>; cookies: string[] };

const names: Record<CookieName, string> = {
  session: 'latchkey',
  device: 'latchkey-device',
  registration: 'latchkey-registration',
  social: 'latchkey-social',
};

/** Calls the router beside which the caller lives, with the types and the refusals of a client. */
export function createInProcessClient<Router extends AnyTRPCRouter = AuthRouter>(
  options: InProcessOptions<Router>,
): InProcessClient<Router> {
  const read = options.request ? readRequest(options.request) : nobody;
  const jar = jarOf(read, options.isSecure);
  const link: TRPCLink<AnyTRPCRouter> = (runtime) => (operation) =>
    localLink<AnyTRPCRouter>({
      router: options.router,
      transformer: superjson,
      createContext: async () =>
        options.createContext({ request: requestOf(read, jar.sent(), operation.op.path, options.requestId), cookies: jar.sink }),
    })(runtime)(operation);
  return { client: createTRPCClient<Router>({ links: [link as TRPCLink<Router>] }), cookies: jar.lines };
}

const nobody: ReadRequest = { header: () => null, ip: null };

function requestOf(read: ReadRequest, cookies: AuthRequest['cookies'], path: string, requestId = 'in-process'): AuthRequest {
  return {
    origin: { ip: read.ip, userAgent: read.header('user-agent')?.slice(0, 512) ?? null, requestId },
    credentials: read.header('x-latchkey-credentials') === 'token' ? 'token' : 'cookie',
    cookies,
    bearer: bearerOf(read),
    calls: [path],
    isStream: false,
  };
}

function jarOf(read: ReadRequest, isSecure: boolean) {
  const fullName = (name: CookieName) => (isSecure ? `__Host-${names[name]}` : names[name]);
  const came = ourCookiesOf(read);
  const set = new Map<CookieName, string | null>();
  const lines: string[] = [];
  const write = (name: CookieName, value: string, maxAgeSeconds: number): void => {
    lines.push(`${fullName(name)}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`);
    set.set(name, maxAgeSeconds > 0 ? value : null);
  };
  const valuesOf = (name: CookieName): string[] => {
    const value = set.get(name);
    if (value !== undefined) return value === null ? [] : [value];
    return came.filter(([cameName]) => cameName === fullName(name)).map(([, each]) => each);
  };
  const sink: CookieSink = {
    set: write,
    clear: (name) => write(name, '', 0),
    clearSite() {
      write('session', '', 0);
      write('registration', '', 0);
      write('social', '', 0);
    },
  };
  const sent = () => ({
    session: valuesOf('session'),
    device: valuesOf('device'),
    registration: valuesOf('registration'),
    social: valuesOf('social'),
  });
  return { lines, sink, sent };
}
