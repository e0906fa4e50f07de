import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { ProblemMessage } from '../form/problem-message.tsx';
import { TextField } from '../form/text-field.tsx';
import { Page } from '../page.tsx';
import { useCall } from '../use-call.ts';

export function ChoosePassword({ token }: { token: string }) {
  const confirm = useCall(authClient.password.confirmReset.mutate);

  if (confirm.outcome) {
    return (
      <Page heading="Your password is changed">
        <p role="status">You were logged out everywhere. Log in with the new password.</p>
        <a href="/login">Log in</a>
      </Page>
    );
  }
  if (confirm.problem?.reason === 'invalid_token') {
    return (
      <Page heading="Reset your password">
        <ProblemMessage problem={confirm.problem} />
        <a href="/reset-password">Ask for a new link</a>
      </Page>
    );
  }
  return (
    <Page heading="Choose a new password">
      <Form
        submitLabel="Change the password"
        problem={confirm.problem}
        isBusy={confirm.isBusy}
        onSubmit={(values) => void confirm.send({ token, newPassword: typed(values, 'newPassword') })}
      >
        <TextField
          label="New password"
          name="newPassword"
          type="password"
          autoComplete="new-password"
          hint="Long is better than complicated: a few words will do."
        />
      </Form>
    </Page>
  );
}
