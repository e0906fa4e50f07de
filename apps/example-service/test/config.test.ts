import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

test('the auth server is reached as people reach it, unless there is another way', () => {
  const common = { AUTH_URL: 'https://auth.example.com/', AUTH_SERVICE_KEY: 'lka_x' };
  expect(readConfig(common)).toEqual({
    port: 3001,
    authUrl: 'https://auth.example.com',
    authInternalUrl: 'https://auth.example.com',
    serviceKey: 'lka_x',
  });
  expect(readConfig({ ...common, AUTH_INTERNAL_URL: 'http://auth:3000' }).authInternalUrl).toBe('http://auth:3000');
});

test('what is wrong is named at once, and no value is repeated', () => {
  const environment = { PORT: 'many', AUTH_URL: 'ftp://secret.example', AUTH_SERVICE_KEY: undefined };
  const read = () => readConfig(environment);
  for (const name of ['PORT', 'AUTH_URL', 'AUTH_SERVICE_KEY']) expect(read).toThrow(name);
  expect(read).not.toThrow(/secret|many/);
});
