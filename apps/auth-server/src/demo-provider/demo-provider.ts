import type { ProviderSettings, Random } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';
import type Provider from 'oidc-provider';
import type { Config } from '../config.ts';
import { onlyForThisMachine } from '../for-this-machine.ts';
import { apiHeaders } from '../security-headers.ts';
import { createDemoIssuer } from './demo-issuer.ts';
import { demoContentSecurityPolicy, renderDemoPage } from './demo-page.ts';
import { type DemoPerson, demoPeople, personOf } from './demo-people.ts';

/** An identity provider to try social login with: the settings to log in by it, and its pages. */
export type DemoProvider = { settings: ProviderSettings; addTo(server: FastifyInstance): void };

const path = '/dev/provider';
const clientId = 'latchkey';
const over = 'This choice is over. Go back to the login page and begin again.';

/**
 * A local issuer that lets one be whoever one says. Only outside production, and only while no other provider is
 * configured. Its library is loaded when the first visitor comes.
 */
export function createDemoProvider(config: Config, random: Random): DemoProvider {
  const issuer = config.publicUrl + path;
  // The server asks itself, and not by the address that browsers use: that may lead through a proxy, or nowhere.
  const local = `http://${reachable(config.host)}:${config.port}${path}`;
  const client = {
    clientId,
    clientSecret: random.bytes(32).toString('base64url'),
    redirectUri: `${config.publicUrl}/social/callback/demo`,
  };
  const people = new Map<string, DemoPerson>(demoPeople.map(({ about: _, ...person }) => [person.sub, person]));
  let made: Promise<Provider> | null = null;
  const provider = (): Promise<Provider> => {
    made ??= createDemoIssuer(issuer, client, people);
    return made;
  };
  return {
    settings: {
      id: 'demo',
      clientId,
      clientSecret: client.clientSecret,
      oidc: { name: 'Demo provider', issuer, authorizeParams: { prompt: 'login' } },
      overrides: { authorize: `${issuer}/auth`, token: `${local}/token`, jwks: `${local}/jwks` },
    },
    addTo(server) {
      // It says of anybody what they like.
      server.register(async (scope) => {
        scope.addHook('onRequest', onlyForThisMachine(config.publicUrl));
        addInteraction(scope, provider, people);
        addEndpoints(scope, provider, apiHeaders(config));
      });
    },
  };
}

/** The page on which somebody is chosen. */
function addInteraction(server: FastifyInstance, provider: () => Promise<Provider>, people: Map<string, DemoPerson>): void {
  server.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    // Made long ago, elsewhere, or before a restart; or somebody went back to it.
    scope.setErrorHandler((_error, _request, reply) => reply.code(400).type('text/plain').send(over));
    scope.get<{ Params: { uid: string } }>(`${path}/interaction/:uid`, async (request, reply) => {
      const { uid } = await (await provider()).interactionDetails(request.raw, reply.raw);
      reply.header('content-security-policy', demoContentSecurityPolicy).type('text/html; charset=utf-8');
      return renderDemoPage(`${path}/interaction/${uid}`);
    });
    scope.post<{ Params: { uid: string }; Body: URLSearchParams }>(`${path}/interaction/:uid`, async (request, reply) => {
      const person = chosen(request.body, people);
      if (person) people.set(person.sub, person);
      const result = person ? { login: { accountId: person.sub, remember: false } } : { error: 'access_denied' };
      return reply.redirect(await (await provider()).interactionResult(request.raw, reply.raw, result), 303);
    });
  });
}

function chosen(answer: URLSearchParams, people: ReadonlyMap<string, DemoPerson>): DemoPerson | null {
  const person = answer.get('person') ?? '';
  if (person !== 'own') return people.get(person) ?? null;
  const text = (name: string) => (answer.get(name) ?? '').trim().slice(0, 254);
  return personOf(text('name'), text('email'), answer.get('verified') !== null);
}

/** Everything else is the library's, which reads the request itself. */
function addEndpoints(server: FastifyInstance, provider: () => Promise<Provider>, headersOfAll: Record<string, string>): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.all(`${path}/*`, async (request, reply) => {
      const answer = (await provider()).callback();
      reply.hijack();
      const { url, headers } = request.raw;
      // Nobody stays logged in there: every login is a new choice, and no earlier one is in its way.
      headers.cookie = (headers.cookie ?? '').replace(/demo-session(\.sig)?=[^;]*(;\s*|$)/g, '');
      reply.raw.setHeaders(new Map(Object.entries(headersOfAll)));
      Object.assign(request.raw, { originalUrl: url, url: url?.slice(path.length) });
      await answer(request.raw, reply.raw);
    });
  });
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
