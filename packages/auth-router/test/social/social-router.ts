import type { ProviderSettings, SocialOutcome } from '@latchkey/user-core';
import { inject } from 'vitest';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';
import { type GitHubFake, startGitHubFake } from './github-fake.ts';
import { answerOf, type PersonClaims, startIssuer, type TestIssuer } from './issuer.ts';

/** Our own address in these tests; nobody listens there. */
export const publicUrl = 'https://auth.example.test';

type Outcome = Partial<{ status: string; ticket: string | null; returnTo: string; missing: string[]; suggested: object; email: string }> & {
  user?: { id: string; email: string; emailVerified: boolean; hasPassword: boolean; username: string | null };
  session?: { id: string; methods: string[] };
  tokens?: { accessToken: string; refreshToken: string } | null;
  account?: { id: string; provider: string; providerAccountId: string };
};

export type Finished = { data: Outcome | null; reason: string | null };

/** A router with two issuers, `acme` and `corp`, and a GitHub. `trusted` is acme once more, on the trust list, when asked for. */
export type SocialRouter = TestRouter & {
  acme: TestIssuer;
  corp: TestIssuer;
  github: GitHubFake;
  /** All the way: out, to the provider as `person`, and back. */
  comeFrom(
    provider: string,
    person: string,
    browser: TestBrowser,
    input?: { intent?: 'login' | 'connect'; returnTo?: string },
  ): Promise<Finished>;
  /** Out and to the provider: what `finish` is to be given. */
  goTo(
    provider: string,
    person: string,
    browser: TestBrowser,
    input?: { intent?: 'login' | 'connect'; returnTo?: string },
  ): Promise<FinishInput>;
};

export type FinishInput = { provider: string; state: string; iss?: string; ticket?: string; code?: string; error?: string };

type Options = Parameters<typeof openTestRouter>[1] & {
  /** Changes to the three, by their id. */
  settings?: Record<string, Partial<ProviderSettings>>;
  more?: ProviderSettings[];
};

export async function openSocialRouter({ settings = {}, more = [], ...options }: Options = {}): Promise<SocialRouter> {
  const callback = (id: string) => [`${publicUrl}/social/callback/${id}`];
  const acme = await startIssuer([...callback('acme'), ...callback('trusted')]);
  const corp = await startIssuer(callback('corp'));
  const github = await startGitHubFake('gh-client', 'gh-secret');
  const issuer = (id: string, { url, clientId, clientSecret }: TestIssuer): ProviderSettings => ({
    id,
    clientId,
    clientSecret,
    oidc: { name: `${id} Inc.`, issuer: url },
    ...settings[id],
  });
  const router = await openTestRouter(inject('databaseUrl'), {
    ...options,
    social: {
      publicUrl,
      allowPlainHttp: true,
      providers: [
        issuer('acme', acme),
        issuer('corp', corp),
        ...(settings['trusted'] ? [{ ...issuer('trusted', acme), mayLink: true }] : []),
        {
          id: 'github',
          clientId: 'gh-client',
          clientSecret: 'gh-secret',
          overrides: {
            authorize: `${github.url}/login/oauth/authorize`,
            token: `${github.url}/login/oauth/access_token`,
            userinfo: `${github.url}/user`,
          },
          ...settings['github'],
        },
        ...more,
      ],
    },
  });
  const goTo: SocialRouter['goTo'] = async (provider, person, browser, input = {}) => {
    const started = await browser.call<{ authorizationUrl: string; ticket: string | null }>('social.start', {
      provider,
      intent: 'login',
      ...input,
    });
    if (!started.data) throw new Error(`start was refused: ${started.refusal?.reason}`);
    const { state = '', iss, code, error } = await answerOf(started.data.authorizationUrl, person);
    const { ticket } = started.data;
    return { provider, state, ...(iss && { iss }), ...(ticket && { ticket }), ...(code ? { code } : { error: error ?? '' }) };
  };
  return {
    ...router,
    acme,
    corp,
    github,
    goTo,
    comeFrom: async (provider, person, browser, input) => finish(browser, await goTo(provider, person, browser, input)),
    async close() {
      await router.close();
      await Promise.all([acme.close(), corp.close(), github.close()]);
    },
  };
}

export async function finish(browser: TestBrowser, input: FinishInput): Promise<Finished> {
  const { data, refusal } = await browser.call<Outcome>('social.finish', input);
  return { data, reason: refusal?.reason ?? null };
}

/** Somebody with a verified address at an issuer, whom nobody has seen before. */
export function newcomerAt(issuer: TestIssuer, claims: PersonClaims = {}): { person: string; email: string } {
  const person = `s${Math.random().toString(36).slice(2, 12)}`;
  const email = claims.email ?? `${person}@example.com`;
  issuer.people.set(person, { email, email_verified: true, ...claims });
  return { person, email };
}

export type { SocialOutcome };
