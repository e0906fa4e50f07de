import type { CookieName, CookieSink } from './context.ts';

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

/** Writes cookies as headers of an answer (R-TRN-06). Their values are ours and hold no character that would need quoting. */
export function headerCookieSink(appendHeader: (name: string, value: string) => void, isSecure: boolean): CookieSink {
  const attributes = ['Path=/', 'HttpOnly', ...(isSecure ? ['Secure'] : []), 'SameSite=Lax'];
  const set = (name: CookieName, value: string, maxAgeSeconds: number): void =>
    appendHeader('set-cookie', [`${fullName(name, isSecure)}=${value}`, `Max-Age=${maxAgeSeconds}`, ...attributes].join('; '));
  const clear = (name: CookieName): void => set(name, '', 0);
  return {
    set,
    clear,
    clearSite() {
      clear('session');
      clear('registration');
      clear('social');
      appendHeader('clear-site-data', '"cookies","storage","cache"');
    },
  };
}
