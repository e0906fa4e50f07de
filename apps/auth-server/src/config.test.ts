import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError, readConfig, variables } from './config.ts';

const secret = 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1';
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** What is wrong with an environment, a line each; none when it is good. */
function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig({ SECRET: secret, ...environment });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').slice(1);
  }
}

test('nothing has to be set for development', () => {
  expect(readConfig({ DATA_DIR: dataDir })).toMatchObject({
    isProduction: false,
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://localhost:3000',
    databaseUrl: null,
    smtp: null,
    allowedOrigins: [],
    trustedProxies: [],
    policy: {
      registration: 'open',
      emailVerification: 'mandatory',
      loginIdentifiers: ['email', 'username'],
      password: { minLength: 8, bcryptCost: 12 },
      limitsEnabled: true,
    },
  });
});

test('what is set is used, and an empty variable is one that is not', () => {
  const config = readConfig({
    SECRET: secret,
    DATA_DIR: dataDir,
    HOST: '::1',
    PORT: '8080',
    PUBLIC_URL: 'https://Auth.Example.com/',
    DATABASE_URL: 'postgresql://user:p%40ss@db/name',
    SMTP_URL: 'smtps://mail.example.com',
    MAIL_FROM: 'Example <no-reply@example.com>',
    ALLOWED_ORIGINS: ' https://a.example , http://b.example:8080/ ,, ',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1,2001:db8::/32',
    REGISTRATION: 'closed',
    EMAIL_VERIFICATION: '',
    LOGIN_IDENTIFIERS: 'email',
    PASSWORD_MIN_LENGTH: '15',
    BCRYPT_COST: '10',
    LIMITS: 'off',
    UNKNOWN: 'is left alone',
  });
  expect(config).toMatchObject({
    host: '::1',
    port: 8080,
    publicUrl: 'https://auth.example.com',
    databaseUrl: 'postgresql://user:p%40ss@db/name',
    secrets: [{ id: 'default', secret }],
    smtp: { url: 'smtps://mail.example.com', from: 'Example <no-reply@example.com>' },
    allowedOrigins: ['https://a.example', 'http://b.example:8080'],
    trustedProxies: ['10.0.0.0/8', '::1', '2001:db8::/32'],
    policy: {
      registration: 'closed',
      emailVerification: 'mandatory',
      loginIdentifiers: ['email'],
      password: { minLength: 15, bcryptCost: 10 },
      limitsEnabled: false,
    },
  });
});

const wrong: Record<string, string[]> = {
  NODE_ENV: ['prod', 'Production', 'staging'],
  PORT: ['0', '65536', '-1', '3000.5', 'http', '3000;'],
  PUBLIC_URL: [
    'example.com',
    'https://example.com/auth',
    'https://user:pass@example.com',
    'ftp://example.com',
    'https://example.com/?a=1',
    '*',
  ],
  DATABASE_URL: ['mysql://db/name', 'db', 'postgres://[', 'http://db'],
  SMTP_URL: ['mail.example.com', 'http://mail', 'smtp://['],
  MAIL_FROM: ['nobody', 'a@b', 'A <a@example.com>, b@example.com', 'a@example.com\r\nbcc: b@example.com', 'A\n <a@example.com>'],
  ALLOWED_ORIGINS: ['*', 'null', 'https://*.example.com/x', 'example.com', 'https://a.example,https://b.example/x'],
  TRUSTED_PROXIES: ['*', 'proxy', '10.0.0.0/33', '10.0.0.0/8/8', '::/129', '10.0.0', '1'],
  REGISTRATION: ['yes', 'OPEN', 'true'],
  EMAIL_VERIFICATION: ['required', 'no'],
  LOGIN_IDENTIFIERS: ['phone', 'email,phone', ','],
  PASSWORD_MIN_LENGTH: ['7', '0', '129', 'x', '8.5'],
  BCRYPT_COST: ['9', '16', '4', '1e1x'],
  LIMITS: ['no', 'false'],
  ALLOW_EMBEDDED_DATABASE: ['true', 'Yes'],
  UV_THREADPOOL_SIZE: ['0', '1025', 'many'],
};

test.each(Object.keys(wrong))('a wrong %s is refused by its name and without its value', (name) => {
  for (const value of wrong[name] ?? []) {
    const problems = problemsOf({ [name]: value, ...(name === 'SMTP_URL' && { MAIL_FROM: 'a@example.com' }) });
    expect([value, problems]).toEqual([value, [expect.stringMatching(new RegExp(`^  - ${name} (must|cannot) `))]]);
    if (value.length > 6) expect(problems.join()).not.toContain(value);
  }
});

test('every variable that can be wrong is in that list', () => {
  const free = ['HOST', 'DATA_DIR', 'SECRET'];
  expect(Object.keys(wrong).toSorted()).toEqual(
    Object.keys(variables.shape)
      .filter((name) => !free.includes(name))
      .toSorted(),
  );
});

test('everything that is wrong is said at once', () => {
  const environment = Object.fromEntries(
    Object.entries(wrong).flatMap(([name, [value]]) => (name === 'NODE_ENV' || !value ? [] : [[name, value]])),
  );
  const problems = problemsOf({ ...environment, NODE_ENV: 'production', SECRET: 'short', SMTP_URL: 'mail', MAIL_FROM: '' });
  for (const name of Object.keys(environment).filter((name) => name !== 'MAIL_FROM')) {
    expect(problems.filter((problem) => problem.startsWith(`  - ${name} `))).not.toEqual([]);
  }
  expect(problems).toContain('  - SECRET must be at least 32 bytes long');
  expect(problems).toContain('  - MAIL_FROM must be set when SMTP_URL is');
  expect(problems).toContain('  - PUBLIC_URL must begin with https:// in production');
});

test.each([
  ['too short', 'x1y2z3', ['SECRET must be at least 32 bytes long']],
  ['31 bytes', secret.slice(1), ['SECRET must be at least 32 bytes long']],
  ['32 characters that are 96 bytes', 'ऀँंःऄअआइई'.repeat(4), []],
  ['one that repeats itself', 'ab'.repeat(20), ['SECRET repeats itself: use a random one']],
  ['two without ids', `${secret},${secret}x`, ['SECRET must give each secret an id of its own: id:secret,id:secret']],
  ['two of one id', `a:${secret},a:${secret}x`, ['SECRET must give each secret an id of its own: id:secret,id:secret']],
  ['a short one among others', `new:${secret},old:hunter2`, ['SECRET number 2 must be at least 32 bytes long']],
  ['a password with a colon', 'hunter2:correct', ['SECRET must be at least 32 bytes long']],
])('a SECRET of %s', (_, value, problems) => {
  expect(problemsOf({ SECRET: value })).toEqual(problems.map((problem) => `  - ${problem}`));
  expect(problemsOf({ SECRET: value }).join()).not.toMatch(/hunter2|correct|x1y2z3/);
});

test('secrets are read in their order, the newest first', () => {
  expect(readConfig({ SECRET: ` 2026:${secret} , old_1:${secret}x ` }).secrets).toEqual([
    { id: '2026', secret },
    { id: 'old_1', secret: `${secret}x` },
  ]);
});

test('a secret is made once, for its owner only, and kept', () => {
  const inside = join(dataDir, 'deep', 'down');
  const [made] = readConfig({ DATA_DIR: inside }).secrets;
  expect(Buffer.from(made.secret, 'base64url')).toHaveLength(48);
  expect(readConfig({ DATA_DIR: inside }).secrets).toEqual([made]);
  expect(statSync(join(inside, 'secret')).mode & 0o777).toBe(0o600);
  expect(statSync(inside).mode & 0o777).toBe(0o700);
  expect(readConfig({ DATA_DIR: join(dataDir, 'another') }).secrets).not.toEqual([made]);
});

test('a damaged secret is not replaced: it could read what is stored', () => {
  for (const text of ['', 'short', '\n']) {
    writeFileSync(join(dataDir, 'secret'), text);
    expect(() => readConfig({ DATA_DIR: dataDir })).toThrow(/DATA_DIR holds a damaged file/);
    expect(readFileSync(join(dataDir, 'secret'), 'utf8')).toBe(text);
  }
});

test('a data directory that is none is a problem of the configuration', () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) expect(() => readConfig({ DATA_DIR: path })).toThrow(/DATA_DIR cannot be used \(E\w+\)/);
});
