type HeadersLike = { get(name: string): string | null } | { readonly [name: string]: string | string[] | undefined };

/**
 * A request as servers have it: Fastify's or Node's own, a fetch-style `Request` or its `Headers`, or what tRPC hands to
 * `createContext` (`{ req }`).
 */
export type RequestLike =
  | { readonly headers: HeadersLike; readonly ip?: string | undefined; readonly socket?: { readonly remoteAddress?: string | undefined } }
  | { readonly req: RequestLike }
  | { get(name: string): string | null };

/** What is read of a request. */
export type ReadRequest = { header(name: string): string | null; ip: string | null };

export function readRequest(request: RequestLike): ReadRequest {
  if ('req' in request) return readRequest(request.req);
  const headers: HeadersLike = 'headers' in request ? request.headers : request;
  const ip = 'headers' in request ? (request.ip ?? request.socket?.remoteAddress ?? null) : null;
  return { ip, header: (name) => headerOf(headers, name) };
}

function headerOf(headers: HeadersLike, name: string): string | null {
  if (isFetchStyle(headers)) return headers.get(name);
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
}

function isFetchStyle(headers: HeadersLike): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

/** Null when there is none; a malformed one proves nothing and is the empty text (GHSA-xmf8-cvqr-rfgj). */
export function bearerOf(request: ReadRequest): string | null {
  const header = request.header('authorization');
  if (header === null || !/^bearer(\s|$)/i.test(header)) return null;
  return /^bearer ([\w.~+/=-]{1,4096})$/i.exec(header)?.[1] ?? '';
}

const ourCookies = /^(__Host-)?latchkey(-device|-registration|-social)?$/;

/** The pairs of our cookies, as they came; nobody else's go onward. */
export function ourCookiesOf(request: ReadRequest): [name: string, value: string][] {
  return (request.header('cookie') ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    return equals > 0 && ourCookies.test(name) ? [[name, pair.slice(equals + 1).trim()]] : [];
  });
}

export function isSessionCookie([name]: [name: string, value: string]): boolean {
  return name === 'latchkey' || name === '__Host-latchkey';
}
