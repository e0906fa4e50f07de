/** The cookies we speak of; the transport knows their full names. */
export type CookieName = 'session' | 'device' | 'registration' | 'social';

/** Where a procedure puts a cookie. The transport writes it, an in-process caller may collect it. */
export type CookieSink = {
  set(name: CookieName, value: string, maxAgeSeconds: number): void;
  clear(name: CookieName): void;
  /** Asks the browser to drop what it kept of this site (`Clear-Site-Data`). */
  clearSite(): void;
};

/** Where a call came from, as the transport saw it. `ip` is null when it is not known. */
export type RequestOrigin = { ip: string | null; userAgent: string | null; requestId: string };

/** All that a transport knows of a request. `cookies` lists every value sent under a name: two session cookies are none. */
export type AuthRequest = {
  origin: RequestOrigin;
  credentials: 'cookie' | 'token';
  cookies: Record<CookieName, string[]>;
  bearer: string | null;
  /** Names of all procedures called by this request. */
  calls: string[];
  /** True when headers leave before the procedures have run: nothing may set a cookie then. */
  isStream: boolean;
};

/** What procedures are called with: made once per request, cheap, and without looking anything up. */
export type AuthContext = { request: AuthRequest; cookies: CookieSink; recognized: { promise: Promise<unknown> | null } };

/** Makes the context of a request. */
export function createAuthContext(options: { request: AuthRequest; cookies: CookieSink }): AuthContext {
  return { ...options, recognized: { promise: null } };
}
