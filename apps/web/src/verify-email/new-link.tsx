import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { TextField } from '../form/text-field.tsx';
import { MailboxHint } from '../mailbox-hint.tsx';
import { useCall } from '../use-call.ts';

/** Asks for another verification mail. The answer says nothing about whether the address is known. */
export function NewLink() {
  const resend = useCall(authClient.registration.resendVerification.mutate);
  if (resend.outcome) {
    return (
      <>
        <p role="status">If the address is waiting to be verified, a mail is on its way.</p>
        <MailboxHint />
      </>
    );
  }
  return (
    <Form
      submitLabel="Send a new link"
      problem={resend.problem}
      isBusy={resend.isBusy}
      onSubmit={(values) => void resend.send({ email: typed(values, 'email').trim() })}
    >
      <TextField label="E-mail address" name="email" type="email" autoComplete="email" />
    </Form>
  );
}
