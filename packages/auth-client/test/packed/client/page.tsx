import { createAuthClient, refusalOf } from '@latchkey/auth-client';
import { AuthProvider, useAuthApi, useSession } from '@latchkey/auth-client/react';
import { useMutation } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';

const client = createAuthClient({ url: '' });

function Account() {
  const session = useSession();
  const login = useMutation(useAuthApi().auth.login.mutationOptions());
  if (session.status === 'signed_in') return <p>Hello, {session.user.email}</p>;
  return (
    <form action={(form) => login.mutate({ identifier: String(form.get('email')), password: String(form.get('password')) })}>
      <input name="email" />
      <input name="password" type="password" />
      <button type="submit">Log in</button>
      {login.error && <p>{refusalOf(login.error, 'auth.login')?.reason}</p>}
    </form>
  );
}

const place = document.getElementById('root');
if (place) {
  createRoot(place).render(
    <AuthProvider client={client}>
      <Account />
    </AuthProvider>,
  );
}
