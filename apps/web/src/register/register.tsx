import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { TextField } from '../form/text-field.tsx';
import { LoginNext } from '../login/login-next.tsx';
import { Page } from '../page.tsx';
import { ProviderButtons } from '../social/provider-buttons.tsx';
import { useCall } from '../use-call.ts';

export function Register() {
  const register = useCall(authClient.registration.register.mutate);

  if (register.outcome) return <LoginNext outcome={register.outcome} />;
  return (
    <Page heading="Register">
      <Form
        submitLabel="Register"
        problem={register.problem}
        isBusy={register.isBusy}
        onSubmit={(values) => {
          const username = typed(values, 'username').trim();
          void register.send({
            email: typed(values, 'email').trim(),
            password: typed(values, 'password'),
            ...(username !== '' && { username }),
          });
        }}
      >
        <TextField label="E-mail address" name="email" type="email" autoComplete="email" />
        <TextField label="Username" name="username" autoComplete="username" isOptional />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="Long is better than complicated: a few words will do."
        />
      </Form>
      <ProviderButtons intent="login" label={(name) => `Continue with ${name}`} />
      <nav aria-label="Other ways">
        <a href="/login">Log in instead</a>
      </nav>
    </Page>
  );
}
