import { isIP } from 'node:net';
import { headerCookieSink, readCookies } from './auth-cookies.ts';
import { type AuthContext, type AuthRequest, createAuthContext } from './context.ts';

/** Node's and Fastify's headers, or those of a `Request`. */
export type HttpHeaders = Headers | Record<string, string | string[] | undefined>;

/** A request and its answer as any HTTP server has them. */
export type HttpExchange = {
  headers: HttpHeaders;
  /** Adds a header to the answer. `set-cookie` comes several times and must not replace an earlier one. */
  appendHeader(name: string, value: string): void;
  /** The client's address, taken from the socket or from a proxy that is trusted; never from a header that anybody may send. */
  ip: string | null;
  /** By which this request is found in the log; told in every refusal. */
  requestId: string;
  /** Where users reach this site: its scheme decides the names of our cookies. */
  publicUrl: string;
};

/** What tRPC hands to `createContext` beside the request. Its reading counts: nothing is called that was not counted. */
export type CallInfo = { calls: readonly { path: string }[]; accept: string | null };

/**
 * Makes the context of a request for whoever serves the router by HTTP, to be called from tRPC's `createContext`. Looks nothing
 * up. In other ways served (in this process, over a socket) `createAuthContext` takes the parts one by one.
 */
export function createHttpAuthContext({ info, ...exchange }: HttpExchange & { info: CallInfo }): AuthContext {
  const calls = info.calls.map(({ path }) => path);
  const request = { ...readHttpRequest(exchange), calls, isStream: info.accept === 'application/jsonl' };
  return createAuthContext({ request, cookies: headerCookieSink(exchange.appendHeader, isSecure(exchange.publicUrl)) });
}

/** Reads off a request what procedures may know of it. */
export function readHttpRequest(exchange: Omit<HttpExchange, 'appendHeader'>): Omit<AuthRequest, 'calls' | 'isStream'> {
  const header = (name: string) => headerOf(exchange.headers, name);
  return {
    origin: { ip: clientAddress(exchange.ip), userAgent: header('user-agent')?.slice(0, 512) ?? null, requestId: exchange.requestId },
    credentials: header('x-latchkey-credentials') === 'token' ? 'token' : 'cookie',
    cookies: readCookies(header('cookie'), isSecure(exchange.publicUrl)),
    bearer: readBearer(header('authorization')),
  };
}

/** One text, however often it was sent: several cookie headers are one list. */
export function headerOf(headers: HttpHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = headers[name];
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
}

export function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/** Null when a trusted proxy passed on something that is not an address. Some proxies add the port. */
export function clientAddress(ip: string | null): string | null {
  const [, bare] = /^\[(.+)\](?::\d{1,5})?$/.exec(ip ?? '') ?? /^([\d.]+):\d{1,5}$/.exec(ip ?? '') ?? [null, ip ?? ''];
  const address = bare?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  return isIP(address) === 0 ? null : address;
}

/** Another scheme is none of ours; a malformed bearer token is one that proves nothing. */
function readBearer(header: string | undefined): string | null {
  if (header === undefined || !/^bearer(\s|$)/i.test(header)) return null;
  return /^bearer ([\w.~+/=-]{1,4096})$/i.exec(header)?.[1] ?? '';
}
