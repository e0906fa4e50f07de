import { accessTokenOf, createAuthClient, refusalOf, type User } from '@latchkey/auth-client';
import { createServerAuth } from '@latchkey/auth-client/server';

declare const process: { argv: string[] };
const [, , url = '', name = ''] = process.argv;
const email = `${name}@example.com`;

const auth = createAuthClient({ url, credentials: 'token' });

// Were the types lost on the way, everything would be `any`, and these would be no mistakes.
// @ts-expect-error there is no such procedure
const misspelt = () => auth.auth.lgoin;
// @ts-expect-error a login takes an identifier
const misused = () => auth.auth.login.mutate({ email: '', password: '' });

async function logIn(identifier: string, password: string): Promise<User | 'wrong' | 'later'> {
  try {
    const outcome = await auth.auth.login.mutate({ identifier, password });
    return outcome.status === 'authenticated' ? outcome.user : 'later';
  } catch (error) {
    const refusal = refusalOf(error, 'auth.login');
    switch (refusal?.reason) {
      case 'invalid_credentials':
        return 'wrong';
      case 'too_many_attempts':
      case 'overloaded':
        return 'later';
      default:
        throw error;
    }
  }
}

await auth.registration.register.mutate({ email, password: 'a packed pass phrase' });
const wrong = await logIn(email, 'another pass phrase');
const user = await logIn(email, 'a packed pass phrase');
const session = await createServerAuth({ url }).sessionFromRequest(
  new Request(url, { headers: { authorization: `Bearer ${await accessTokenOf(auth)}` } }),
);
console.log(JSON.stringify({ wrong, email: typeof user === 'string' ? user : user.email, methods: session?.methods, misspelt, misused }));
