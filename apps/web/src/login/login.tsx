import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { TextField } from '../form/text-field.tsx';
import { Page } from '../page.tsx';
import { ProviderButtons } from '../social/provider-buttons.tsx';
import { useCall } from '../use-call.ts';
import { LoginNext } from './login-next.tsx';

export function Login() {
  const login = useCall(authClient.auth.login.mutate);

  if (login.outcome) return <LoginNext outcome={login.outcome} />;
  return (
    <Page heading="Log in">
      <Form
        submitLabel="Log in"
        problem={login.problem}
        isBusy={login.isBusy}
        onSubmit={(values) => void login.send({ identifier: typed(values, 'identifier').trim(), password: typed(values, 'password') })}
      >
        <TextField label="E-mail address or username" name="identifier" autoComplete="username" />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" />
      </Form>
      <ProviderButtons intent="login" label={(name) => `Continue with ${name}`} />
      <nav aria-label="Other ways">
        <a href="/reset-password">Forgot your password?</a>
        <a href="/register">Register</a>
      </nav>
    </Page>
  );
}
