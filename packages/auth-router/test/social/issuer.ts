import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';

export type PersonClaims = {
  email?: string;
  email_verified?: unknown;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
};

/** A real OpenID Connect issuer on this machine. Whoever is sent there is whom the driver says, without a page. */
export type TestIssuer = {
  url: string;
  clientId: string;
  clientSecret: string;
  /** What it tells of people, by their subject. */
  people: Map<string, PersonClaims>;
  /** Every request to its token endpoint, as it came. */
  exchanges: URLSearchParams[];
  close(): Promise<void>;
};

const clientId = 'latchkey';
const clientSecret = 'a-client-secret-of-decent-length-0123456789';

/** `redirectUris` are exact. `configuration` changes the library's behaviour. */
export async function startIssuer(redirectUris: string[], configuration: Configuration = {}): Promise<TestIssuer> {
  const server = createServer();
  const url = await listen(server);
  const people = new Map<string, PersonClaims>();
  const exchanges: URLSearchParams[] = [];
  const provider = await quietly(async () => {
    const { default: Provider } = await import('oidc-provider');
    return new Provider(url, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: redirectUris,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['given_name', 'family_name', 'preferred_username'],
      },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      cookies: { keys: ['a key of the issuer'] },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 3600, Interaction: 600, Session: 600 },
      findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people.get(id) }) }),
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId ?? '', accountId: oidc.session?.accountId ?? '' });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      renderError: (ctx, { error }) => {
        ctx.body = error;
      },
      ...configuration,
    });
  });
  const answer = provider.callback();
  const note = ({ oidc }: KoaContextWithOIDC) => void exchanges.push(new URLSearchParams(oidc.params as Record<string, string>));
  provider.on('grant.success', note);
  provider.on('grant.error', note);
  const listener: RequestListener = (request, response) => {
    const person = request.headers['x-person'];
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
    const result = person === 'nobody' ? { error: 'access_denied' } : { login: { accountId: String(person), remember: false } };
    void provider.interactionFinished(request, response, result);
  };
  server.on('request', listener);
  return { url, clientId, clientSecret, people, exchanges, close: () => close(server) };
}

/**
 * Goes where a browser would go from an authorization URL, as `person` (`nobody` refuses), up to our callback. Answers the
 * parameters that the provider sent back.
 */
export async function answerOf(authorizationUrl: string, person: string): Promise<Record<string, string>> {
  const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '';
  const jar = new Map<string, string>();
  let url = new URL(authorizationUrl);
  for (let step = 0; step < 10 && !url.href.startsWith(redirectUri); step += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie, 'x-person': person } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    const page = location ? '' : await response.text();
    if (page.includes(`action="${redirectUri}"`)) return Object.fromEntries(hiddenInputs(page));
    if (!location) throw new Error(`the provider answered ${response.status}: ${page.slice(0, 500)}`);
    url = new URL(location, url);
  }
  return Object.fromEntries(url.searchParams);
}

/** What a page would post by itself (`form_post`). */
function hiddenInputs(page: string): [string, string][] {
  return [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]);
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The library warns everybody who would run it for real. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, info });
  }
}
