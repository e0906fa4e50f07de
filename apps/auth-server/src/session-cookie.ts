import type { CookieName, CookieSink } from '@latchkey/auth-router';
import type { FastifyReply } from 'fastify';

const names: Record<CookieName, string> = {
  session: 'latchkey',
  device: 'latchkey-device',
  registration: 'latchkey-registration',
  social: 'latchkey-social',
};

/** `__Host-` ties a cookie to exactly this host over TLS; plain http, which only localhost may use, cannot have it. */
function fullName(name: CookieName, isSecure: boolean): string {
  return isSecure ? `__Host-${names[name]}` : names[name];
}

/** Every value that was sent under our names: a second one was put there by somebody else (R-TRN-07). */
export function readCookies(header: string | undefined, isSecure: boolean): Record<CookieName, string[]> {
  const pairs = (header ?? '').split(';').map((pair) => {
    const equals = pair.indexOf('=');
    return { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() };
  });
  const valuesOf = (name: CookieName) => pairs.filter((pair) => pair.name === fullName(name, isSecure)).map((pair) => pair.value);
  return { session: valuesOf('session'), device: valuesOf('device'), registration: valuesOf('registration'), social: valuesOf('social') };
}

/** Writes cookies on an answer. Refuses to when its headers have left already: the cookie would be lost in silence. */
export function cookieSink(reply: FastifyReply, isSecure: boolean): CookieSink {
  const options = { path: '/', httpOnly: true, secure: isSecure, sameSite: 'lax' as const };
  const write = (name: CookieName, value: string, maxAge: number): void => {
    if (reply.raw.headersSent) throw new Error('a cookie was set after the headers had left');
    reply.setCookie(fullName(name, isSecure), value, { ...options, maxAge });
  };
  const clear = (name: CookieName) => write(name, '', 0);
  return {
    set: write,
    clear,
    clearSite() {
      clear('session');
      clear('registration');
      clear('social');
      reply.header('clear-site-data', '"cookies","storage","cache"');
    },
  };
}
