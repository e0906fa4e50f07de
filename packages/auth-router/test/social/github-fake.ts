import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { close, listen } from './issuer.ts';

export type GitHubPerson = {
  id: number;
  login: string;
  name: string | null;
  emails: { email: string; primary: boolean; verified: boolean }[];
};

/** Four routes in the shape of GitHub: no ID token, errors with 200, addresses apart from the profile. */
export type GitHubFake = {
  url: string;
  people: Map<string, GitHubPerson>;
  /** What the authorization endpoint was asked. */
  asked: URLSearchParams[];
  /** Runs before it tells who came. */
  onUser: () => Promise<void>;
  close(): Promise<void>;
};

export async function startGitHubFake(clientId: string, clientSecret: string): Promise<GitHubFake> {
  const people = new Map<string, GitHubPerson>();
  const asked: URLSearchParams[] = [];
  const codes = new Map<string, { person: string; challenge: string }>();
  const tokens = new Map<string, string>();

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://github.test');
    const json = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/login/oauth/authorize') {
      asked.push(url.searchParams);
      const code = randomBytes(10).toString('hex');
      codes.set(code, { person: String(request.headers['x-person']), challenge: url.searchParams.get('code_challenge') ?? '' });
      const target = new URL(url.searchParams.get('redirect_uri') ?? '');
      target.search = new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' }).toString();
      return response.writeHead(302, { location: target.href }).end();
    }
    if (url.pathname === '/login/oauth/access_token') {
      let text = '';
      for await (const chunk of request) text += chunk;
      const body = new URLSearchParams(text);
      const granted = codes.get(body.get('code') ?? '');
      codes.delete(body.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url');
      if (body.get('client_id') !== clientId || body.get('client_secret') !== clientSecret)
        return json({ error: 'incorrect_client_credentials' });
      if (!granted || granted.challenge !== challenge)
        return json({ error: 'bad_verification_code', error_description: 'The code is wrong.' });
      const token = `gho_${randomBytes(12).toString('hex')}`;
      tokens.set(token, granted.person);
      return json({ access_token: token, token_type: 'bearer', scope: 'user:email' });
    }
    const person = people.get(tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '') ?? '');
    if (!person || !request.headers['user-agent']) return json({ message: 'Bad credentials' }, 401);
    if (url.pathname === '/user') await fake.onUser();
    if (url.pathname === '/user') return json({ id: person.id, login: person.login, name: person.name, email: 'public@example.com' });
    if (url.pathname === '/user/emails') return json(person.emails.map((email) => ({ ...email, visibility: null })));
    return json({ message: 'Not Found' }, 404);
  });
  const fake: GitHubFake = { url: await listen(server), people, asked, onUser: async () => undefined, close: () => close(server) };
  return fake;
}
