import { expect, test } from 'vitest';
import { takePageToken } from './page-token.ts';

function take(hash: string): { token: string | null; addresses: string[] } {
  const addresses: string[] = [];
  const history = { replaceState: (_state: unknown, _unused: string, url?: string | URL | null) => void addresses.push(String(url)) };
  return { token: takePageToken({ hash, pathname: '/verify-email' }, history), addresses };
}

test('the token of a mailed link is taken out of the address', () => {
  expect(take('#token=abc_-123')).toEqual({ token: 'abc_-123', addresses: ['/verify-email'] });
});

test('an empty token is none', () => {
  expect(take('#token=')).toEqual({ token: null, addresses: ['/verify-email'] });
});

test.each(['', '#', '#top'])('the fragment "%s" is left alone', (hash) => {
  expect(take(hash)).toEqual({ token: null, addresses: [] });
});
