import { useAuthApi, useSession } from '@latchkey/auth-client/react';
import { useMutation } from '@tanstack/react-query';
import { Login } from './login.tsx';
import { MyNotes } from './my-notes.tsx';
import { SharedNotes } from './shared-notes.tsx';

export function App() {
  const session = useSession();
  const logout = useMutation(useAuthApi().auth.logout.mutationOptions());

  if (session.status === 'pending') return <p role="status">One moment …</p>;
  if (session.status === 'failed') return <p role="alert">The auth server does not answer. Try again later.</p>;
  if (session.status === 'signed_out') return <Login />;
  return (
    <>
      <header>
        <h1>Notes of {session.user.email}</h1>
        <button type="button" className="quiet" onClick={() => logout.mutate()}>
          Log out
        </button>
      </header>
      <MyNotes />
      <SharedNotes />
    </>
  );
}
