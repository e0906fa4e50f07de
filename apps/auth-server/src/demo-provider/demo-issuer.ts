import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { DemoPerson } from './demo-people.ts';

export type DemoClient = { clientId: string; clientSecret: string; redirectUri: string };

/** An OpenID Connect issuer of its own in this process. What it knows it forgets when the process ends. */
export async function createDemoIssuer(issuer: string, client: DemoClient, people: ReadonlyMap<string, DemoPerson>): Promise<Provider> {
  return quietly(async () => {
    const { default: OidcProvider } = await import('oidc-provider');
    const provider = new OidcProvider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: [client.redirectUri],
          grant_types: ['authorization_code'],
          response_types: ['code'],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: { keys: [{ ...newKey(), use: 'sig', alg: 'ES256', kid: 'demo' }] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      // Without the pages that the library would show itself: they load a font from elsewhere.
      features: { devInteractions: { enabled: false }, userinfo: { enabled: false }, rpInitiatedLogout: { enabled: false } },
      interactions: { url: (_ctx, { uid }) => `${issuer}/interaction/${uid}` },
      cookies: { keys: [client.clientSecret], names: { interaction: 'demo-interaction', resume: 'demo-resume', session: 'demo-session' } },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
      findAccount: (_ctx, id) => ({ accountId: id, claims: async () => people.get(id) ?? { sub: id } }),
      // Whoever chooses a person has agreed to what is told of them.
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: oidc.session?.accountId ?? '' });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      renderError: (ctx, { error }) => {
        ctx.type = 'txt';
        ctx.body = `The demo provider cannot go on (${error}). Go back to the login page and begin again.`;
      },
    });
    provider.proxy = issuer.startsWith('https:');
    return provider;
  });
}

/**
 * Read from its encoding: Node 20 may wait for itself for ever when it exports a key while what generated it is collected as
 * garbage, for the two share a lock.
 */
function newKey() {
  const { privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return createPrivateKey({ key, type: 'pkcs8', format: 'der' }).export({ format: 'jwk' });
}

/** The library warns everybody who would run it for real. Nobody does here. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, info });
  }
}
