import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { defaultPolicy, type Policy, type RootSecret } from '@latchkey/user-core';
import { z } from 'zod';

/** Everything wrong with the environment, at once, by the names of the variables and never by their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export type Config = {
  isProduction: boolean;
  host: string;
  port: number;
  /** Origin only, no trailing slash: the base of links, cookies' security, issuer and audience. */
  publicUrl: string;
  /** Null for the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  secrets: [RootSecret, ...RootSecret[]];
  /** Null for the development mailbox. */
  smtp: { url: string; from: string } | null;
  allowedOrigins: string[];
  trustedProxies: string[];
  policy: Policy;
  threads: number;
};

type Environment = Record<string, string | undefined>;

const list = z.string().transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])));
const integer = (min: number, max: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${min} to ${max}` })
    .int()
    .min(min)
    .max(max);
const webOrigin = z.string().refine((text) => originOf(text) !== null, { error: 'must be http(s)://host[:port], without a path' });
const network = z.string().refine(isNetwork, { error: 'must be addresses or CIDR ranges, separated by commas' });
const postgresUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), { error: 'must be a postgres:// URL' });
const smtpUrl = z
  .string()
  .refine((text) => /^smtps?:\/\//.test(text) && URL.canParse(text), { error: 'must be a smtp:// or smtps:// URL' });

const variables = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(1, 65535).default(3000),
  PUBLIC_URL: webOrigin.optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  SECRET: z.string().optional(),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: z.email({ error: 'must be an e-mail address' }).optional(),
  ALLOWED_ORIGINS: list.pipe(z.array(webOrigin)).default([]),
  TRUSTED_PROXIES: list.pipe(z.array(network)).default([]),
  REGISTRATION: z.enum(['open', 'closed']).default('open'),
  EMAIL_VERIFICATION: z.enum(['mandatory', 'optional', 'none']).default('mandatory'),
  LOGIN_IDENTIFIERS: list.pipe(z.array(z.enum(['email', 'username'])).min(1)).default(['email', 'username']),
  PASSWORD_MIN_LENGTH: integer(8, 128).default(8),
  BCRYPT_COST: integer(10, 15).default(12),
  LIMITS: z.enum(['on', 'off']).default('on'),
  ALLOW_EMBEDDED_DATABASE: z.enum(['yes', 'no']).default('no'),
  UV_THREADPOOL_SIZE: integer(1, 1024).default(4),
});

type Variables = z.output<typeof variables>;

/** Reads the environment once. Throws a `ConfigError` that names every problem. */
export function readConfig(environment: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = variables.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
  const values = parsed.data;
  const isProduction = values.NODE_ENV === 'production';
  const publicUrl = originOf(values.PUBLIC_URL ?? `http://localhost:${values.PORT}`) ?? '';
  const secrets = values.SECRET === undefined ? [] : parseSecrets(values.SECRET);
  const problems = [...secretProblems(values, secrets), ...(isProduction ? productionProblems(values, publicUrl) : [])];
  if (values.SMTP_URL && !values.MAIL_FROM) problems.push('MAIL_FROM must be set when SMTP_URL is');
  if (problems.length > 0) throw new ConfigError(problems);
  const [current = { id: 'default', secret: generatedSecret(values.DATA_DIR) }, ...older] = secrets;
  return {
    isProduction,
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.DATA_DIR,
    secrets: [current, ...older],
    smtp: values.SMTP_URL && values.MAIL_FROM ? { url: values.SMTP_URL, from: values.MAIL_FROM } : null,
    allowedOrigins: values.ALLOWED_ORIGINS.map((text) => originOf(text) ?? ''),
    trustedProxies: values.TRUSTED_PROXIES,
    policy: policyOf(values),
    threads: values.UV_THREADPOOL_SIZE,
  };
}

function policyOf(values: Variables): Policy {
  return {
    ...defaultPolicy,
    registration: values.REGISTRATION,
    emailVerification: values.EMAIL_VERIFICATION,
    loginIdentifiers: values.LOGIN_IDENTIFIERS,
    password: { ...defaultPolicy.password, minLength: values.PASSWORD_MIN_LENGTH, bcryptCost: values.BCRYPT_COST },
    limitsEnabled: values.LIMITS === 'on',
  };
}

function productionProblems(values: Variables, publicUrl: string): string[] {
  const problems: string[] = [];
  if (!values.DATABASE_URL && values.ALLOW_EMBEDDED_DATABASE !== 'yes') {
    problems.push('DATABASE_URL must be set in production (or ALLOW_EMBEDDED_DATABASE=yes)');
  }
  if (!values.SMTP_URL) problems.push('SMTP_URL must be set in production');
  if (!values.SECRET) problems.push('SECRET must be set in production');
  if (!publicUrl.startsWith('https://')) problems.push('PUBLIC_URL must begin with https:// in production');
  if (values.LIMITS === 'off') problems.push('LIMITS cannot be off in production');
  return problems;
}

/** `secret` alone, or `id:secret,id:secret` with the newest first. */
function parseSecrets(text: string): RootSecret[] {
  return text.split(',').map((part) => {
    const [, id, secret] = /^([A-Za-z0-9_-]{1,32}):(.+)$/s.exec(part.trim()) ?? [];
    return id !== undefined && secret !== undefined ? { id, secret } : { id: 'default', secret: part.trim() };
  });
}

function secretProblems(values: Variables, secrets: RootSecret[]): string[] {
  if (values.SECRET === undefined) return [];
  const problems = secrets.flatMap(({ id, secret }) => {
    if (Buffer.byteLength(secret) < 32) return [`SECRET ${id} must be at least 32 bytes long`];
    return new Set(secret).size < 8 ? [`SECRET ${id} repeats itself: use a random one`] : [];
  });
  const ids = secrets.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push('SECRET must give each secret an id of its own: id:secret,id:secret');
  return problems;
}

/** Made once and kept, readable by its owner only. */
function generatedSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64url');
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
    // Whole or not at all, and the first of several processes decides: a link to an existing name fails.
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(draft);
    }
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (Buffer.byteLength(secret) < 32) throw new ConfigError([`DATA_DIR holds a damaged file, ${file}: put the right secret back`]);
  return secret;
}

function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return isPlain && (url.protocol === 'http:' || url.protocol === 'https:') ? url.origin : null;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
