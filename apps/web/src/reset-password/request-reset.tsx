import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { TextField } from '../form/text-field.tsx';
import { MailboxHint } from '../mailbox-hint.tsx';
import { Page } from '../page.tsx';
import { useCall } from '../use-call.ts';

export function RequestReset() {
  const request = useCall(async (email: string) => {
    await authClient.password.requestReset.mutate({ email });
    return { email };
  });

  if (request.outcome) {
    return (
      <Page heading="Check your mail">
        <p role="status">
          If <strong>{request.outcome.email}</strong> has an account here, a mail with a link to choose a new password is on its way.
        </p>
        <MailboxHint />
        <a href="/login">Log in</a>
      </Page>
    );
  }
  return (
    <Page heading="Reset your password">
      <p>We will send you a mail with a link to choose a new one.</p>
      <Form
        submitLabel="Send the mail"
        problem={request.problem}
        isBusy={request.isBusy}
        onSubmit={(values) => void request.send(typed(values, 'email').trim())}
      >
        <TextField label="E-mail address" name="email" type="email" autoComplete="email" />
      </Form>
      <a href="/login">Back to log in</a>
    </Page>
  );
}
