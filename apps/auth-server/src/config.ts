import { isIP } from 'node:net';
import { defaultPolicy, type Policy, type ProviderSettings, type RootSecret } from '@latchkey/user-core';
import { z } from 'zod';
import { generatedSecret, parseSecrets, secretProblems } from './root-secrets.ts';
import { readSocialConfig } from './social-config.ts';

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
  /** Empty: nothing is configured, and outside production the demo provider stands in. */
  socialProviders: ProviderSettings[];
  threads: number;
};

type Environment = Record<string, string | undefined>;

const list = z.string().transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])));
const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const oneOf = <const T extends string>(...choices: T[]) => z.enum(choices, { error: `must be ${choices.join(' or ')}` });
const webOrigin = z.string().refine((text) => originOf(text) !== null, { error: 'must be http(s)://host[:port], without a path' });
const network = z
  .string()
  .refine(isNetwork, { error: 'must be addresses or CIDR ranges, separated by commas; everybody (/0) is no proxy' });
const urlOf = (pattern: RegExp, error: string) => z.string().refine((text) => pattern.test(text) && URL.canParse(text), { error });
const sender = z
  .string()
  .transform((text) => ({ text, address: /^[^<>"\r\n]*<([^<>]+)>$/.exec(text)?.[1] ?? text }))
  .refine(({ address }) => z.email().safeParse(address).success, { error: 'must be an e-mail address, or Name <address>' })
  .transform(({ text }) => text);

/** The variables that are read. `docs/configuration.md` is written from this. */
export const variables = z.object({
  NODE_ENV: oneOf('development', 'test', 'production')
    .default('development')
    .describe('`production` refuses what is only for development; see below.'),
  HOST: z
    .string()
    .refine((text) => isIP(text) !== 0 || /^[\w-]+(\.[\w-]+)*$/.test(text), { error: 'must be an IP address or a host name' })
    .default('127.0.0.1')
    .describe('The address to listen on.'),
  PORT: integer(1, 65535).default(3000).describe('The port to listen on.'),
  PUBLIC_URL: webOrigin
    .optional()
    .describe(
      'Where people reach this server: the one base of links in mails, and issuer and audience of tokens. With `https:` cookies are `Secure` and `__Host-`. Unless set: `http://localhost:<PORT>`.',
    ),
  DATABASE_URL: urlOf(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
    .optional()
    .describe('A PostgreSQL of version 15 or newer, also behind PgBouncer. Unless set: an embedded PostgreSQL in `DATA_DIR`.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('Holds the embedded database and the generated secret. One server at a time owns it; the start of a second is refused.'),
  SECRET: z
    .string()
    .optional()
    .describe(
      'The root secret, 32 bytes or more: `openssl rand -base64 48`. To rotate, `id:secret,id:secret`, the newest first. Unless set: generated into `DATA_DIR`, not in production.',
    ),
  SMTP_URL: urlOf(/^smtps?:\/\//, 'must be a smtp:// or smtps:// URL')
    .optional()
    .describe(
      '`smtps://user:password@host`, or `smtp://…`, which in production takes only servers that offer STARTTLS, but for this machine (`?requireTLS=false` says otherwise). Unless set, mails are shown at `/dev/mailbox`, not in production.',
    ),
  MAIL_FROM: sender
    .optional()
    .describe('The sender of mails: `no-reply@example.com` or `Name <no-reply@example.com>`. Needed with `SMTP_URL`.'),
  ALLOWED_ORIGINS: list.pipe(z.array(webOrigin)).default([]).describe('Other origins that may call with credentials, separated by commas.'),
  TRUSTED_PROXIES: list
    .pipe(z.array(network))
    .default([])
    .describe('Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed, separated by commas.'),
  REGISTRATION: oneOf('open', 'closed').default('open').describe('`closed` refuses every way of signing up.'),
  EMAIL_VERIFICATION: oneOf('mandatory', 'optional', 'none')
    .default('mandatory')
    .describe('Whether an address has to be proven before the account can be used.'),
  LOGIN_IDENTIFIERS: list
    .pipe(z.array(oneOf('email', 'username')).min(1, { error: 'must name at least one' }))
    .default(['email', 'username'])
    .describe('What people may log in with, separated by commas.'),
  PASSWORD_MIN_LENGTH: integer(8, 128)
    .default(8)
    .describe('In characters, 8 to 128. NIST SP 800-63B-4 suggests 15 where the password is the only factor.'),
  BCRYPT_COST: integer(10, 15).default(12).describe('10 to 15; each step doubles the work. A login rehashes what is below.'),
  LIMITS: oneOf('on', 'off').default('on').describe('`off` lifts the limits of attempts, for load tests only.'),
  ALLOW_EMBEDDED_DATABASE: oneOf('yes', 'no')
    .default('no')
    .describe('`yes` allows the embedded database in production: it survives kills and power cuts as its disk does, and has no replica.'),
  UV_THREADPOOL_SIZE: integer(1, 1024)
    .default(4)
    .describe('Read by Node itself: the threads that hash passwords. `npm start` sets it to the number of processors plus 4.'),
});

type Variables = z.output<typeof variables>;

/** Reads the environment once. Throws a `ConfigError` that names every problem. */
export function readConfig(environment: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')) as Environment;
  const parsed = variables.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  const secrets = given['SECRET'] === undefined ? [] : parseSecrets(given['SECRET']);
  problems.push(...secretProblems(secrets), ...missing(given));
  if (given['NODE_ENV'] === 'production') problems.push(...productionProblems(given));
  const social = readSocialConfig(given, given['NODE_ENV'] === 'production');
  problems.push(...social.problems);
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const values = parsed.data;
  const [current = { id: 'default', secret: keptSecret(values.DATA_DIR) }, ...older] = secrets;
  return {
    isProduction: values.NODE_ENV === 'production',
    host: values.HOST,
    port: values.PORT,
    publicUrl: originOf(values.PUBLIC_URL ?? `http://localhost:${values.PORT}`) ?? '',
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.DATA_DIR,
    secrets: [current, ...older],
    smtp: values.SMTP_URL && values.MAIL_FROM ? { url: values.SMTP_URL, from: values.MAIL_FROM } : null,
    allowedOrigins: values.ALLOWED_ORIGINS.map((text) => originOf(text) ?? ''),
    trustedProxies: values.TRUSTED_PROXIES,
    policy: policyOf(values),
    socialProviders: social.providers,
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

function missing(given: Environment): string[] {
  return given['SMTP_URL'] !== undefined && given['MAIL_FROM'] === undefined ? ['MAIL_FROM must be set when SMTP_URL is'] : [];
}

function productionProblems(given: Environment): string[] {
  const problems: string[] = [];
  if (given['DATABASE_URL'] === undefined && given['ALLOW_EMBEDDED_DATABASE'] !== 'yes') {
    problems.push('DATABASE_URL must be set in production (or ALLOW_EMBEDDED_DATABASE=yes)');
  }
  if (given['SMTP_URL'] === undefined) problems.push('SMTP_URL must be set in production');
  if (given['SECRET'] === undefined) problems.push('SECRET must be set in production');
  if (!originOf(given['PUBLIC_URL'] ?? '')?.startsWith('https://')) problems.push('PUBLIC_URL must begin with https:// in production');
  if (given['LIMITS'] === 'off') problems.push('LIMITS cannot be off in production');
  return problems;
}

function keptSecret(dataDir: string): string {
  let secret: string | null;
  try {
    secret = generatedSecret(dataDir);
  } catch (error) {
    throw new ConfigError([`DATA_DIR cannot be used (${(error as { code?: string }).code}): it must be a directory of this user`]);
  }
  if (secret === null) throw new ConfigError(['DATA_DIR holds a damaged file, secret: put the right secret back']);
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
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128));
}
