import { refusalOf } from '@latchkey/auth-client';
import { useAuthApi } from '@latchkey/auth-client/react';
import { useMutation } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { authUrl } from './clients.ts';

/** Logs in at the auth server. What it answers is kept by the client, and the page follows by itself. */
export function Login() {
  const login = useMutation(useAuthApi().auth.login.mutationOptions());
  const isIncomplete = login.data !== undefined && login.data.status !== 'authenticated';

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    login.mutate({ identifier: String(values.get('identifier')).trim(), password: String(values.get('password')) });
  }

  return (
    <>
      <h1>Notes</h1>
      <form onSubmit={submit}>
        <label>
          E-mail address or username
          <input name="identifier" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {login.error && <p role="alert">{sentenceFor(login.error)}</p>}
        {isIncomplete && <p role="alert">One more step is needed. Take it at the auth server, then come back.</p>}
        <button type="submit">Log in</button>
      </form>
      <p>
        New here? <a href={`${authUrl}/register`}>Register at the auth server</a>.
      </p>
    </>
  );
}

function sentenceFor(error: unknown): string {
  const refusal = refusalOf(error, 'auth.login');
  if (!refusal) return 'The auth server did not answer. Try again.';
  switch (refusal.reason) {
    case 'invalid_credentials':
      return 'That is not right. Check what you typed and try again.';
    case 'too_many_attempts':
      return `There were too many attempts. Try again in ${refusal.retryAfterSeconds} seconds.`;
    default:
      return `The auth server refused this (${refusal.reason}).`;
  }
}
