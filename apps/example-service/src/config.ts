import { z } from 'zod';

export type Config = {
  port: number;
  /** The auth server as people reach it: what its tokens name, and what the page calls. */
  authUrl: string;
  /** The same as this server reaches it, where that is another way. */
  authInternalUrl: string;
  /** The key of this service's own account there; it needs the scope `users:read`. */
  serviceKey: string;
};

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).transform((url) => url.replace(/\/+$/, ''));
const variables = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3001),
  AUTH_URL: webUrl.default('http://localhost:3000'),
  AUTH_INTERNAL_URL: webUrl.optional(),
  AUTH_SERVICE_KEY: z.string({ error: 'must be the key of a service account' }).min(1),
});

/** Reads the environment once. Throws an error that names what is wrong, and never a value. */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const { data, error } = variables.safeParse(environment);
  if (error) throw new Error(`The configuration cannot be used:\n${z.prettifyError(error)}`);
  const { PORT, AUTH_URL, AUTH_INTERNAL_URL, AUTH_SERVICE_KEY } = data;
  return { port: PORT, authUrl: AUTH_URL, authInternalUrl: AUTH_INTERNAL_URL ?? AUTH_URL, serviceKey: AUTH_SERVICE_KEY };
}
