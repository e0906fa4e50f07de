import type { AuthClient, Current } from '@latchkey/auth-client';
import { refusalOf } from '@latchkey/auth-client';
import { AuthProvider, useAuthApi, useSession, useUser } from '@latchkey/auth-client/react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

/** `initialSession` is what the server that rendered the page has found out, if one did. */
export function App({ client, initialSession }: { client: AuthClient; initialSession?: Current | null }): ReactNode {
  return (
    <AuthProvider client={client} initialSession={initialSession}>
      <Home />
    </AuthProvider>
  );
}

function Home(): ReactNode {
  const session = useSession();
  switch (session.status) {
    case 'pending':
      return <p>One moment.</p>;
    case 'failed':
      return <p>The server does not answer.</p>;
    case 'signed_out':
      return <Login />;
    case 'signed_in':
      return <Account />;
  }
}

function Login(): ReactNode {
  const login = useMutation(useAuthApi().auth.login.mutationOptions());
  const [identifier, setIdentifier] = useState('');
  const [password, setPassword] = useState('');
  return (
    <form action={() => login.mutate({ identifier, password })}>
      <input name="identifier" value={identifier} onChange={(event) => setIdentifier(event.target.value)} />
      <input name="password" type="password" value={password} onChange={(event) => setPassword(event.target.value)} />
      <button type="submit">Log in</button>
      {login.error && <p>{refusalOf(login.error, 'auth.login')?.reason ?? 'no answer'}</p>}
    </form>
  );
}

function Account(): ReactNode {
  const api = useAuthApi();
  const user = useUser();
  const { data: sessions } = useQuery(api.auth.sessions.list.queryOptions());
  const logout = useMutation(api.auth.logout.mutationOptions());
  return (
    <button type="button" onClick={() => logout.mutate()}>
      {user?.email} is here, {sessions?.length} times. Log out
    </button>
  );
}
