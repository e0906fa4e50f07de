import { expect, test } from 'vitest';
import { takeCallback } from './page-callback.ts';

function take(pathname: string, search: string) {
  const addresses: string[] = [];
  const history = { replaceState: (_state: unknown, _unused: string, url?: string | URL | null) => void addresses.push(String(url)) };
  return { callback: takeCallback({ pathname, search }, history), addresses };
}

const page = '/social/callback/acme';

test('what a provider sent back is taken out of the address', () => {
  expect(take(page, '?code=c1&state=s1&iss=https%3A%2F%2Facme.test&session_state=x')).toEqual({
    callback: { provider: 'acme', state: 's1', iss: 'https://acme.test', code: 'c1' },
    addresses: [page],
  });
  expect(take(page, '?error=access_denied&error_description=%3Cscript%3E&state=s1')).toEqual({
    callback: { provider: 'acme', state: 's1', error: 'access_denied' },
    addresses: [page],
  });
});

test('an error is cut to what the server reads', () => {
  const { callback } = take(page, `?state=s1&error=${'e'.repeat(300)}`);
  expect(callback).toMatchObject({ error: 'e'.repeat(256) });
});

test.each(['?state=s1', '?code=c1', '?state=&code=c1', '?state=s1&code='])('%s is no answer, and goes out of the address', (search) => {
  expect(take(page, search)).toEqual({ callback: null, addresses: [page] });
});

test.each(['/', '/login', '/social/callback/', '/social/callback/a/b', '/social/callback/%2e'])('%s is another page', (pathname) => {
  expect(take(pathname, '?code=c1&state=s1')).toEqual({ callback: null, addresses: [] });
});

test('a page without an answer is left alone', () => {
  expect(take(page, '')).toEqual({ callback: null, addresses: [] });
});
