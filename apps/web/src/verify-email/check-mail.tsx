import { authClient } from '../auth-client.ts';
import { Form } from '../form/form.tsx';
import { MailboxHint } from '../mailbox-hint.tsx';
import { Page } from '../page.tsx';
import { useCall } from '../use-call.ts';

/** Says where the link is, for an address that is yet to be verified. */
export function CheckMail({ email }: { email: string }) {
  const resend = useCall(authClient.registration.resendVerification.mutate);
  return (
    <Page heading="Check your mail">
      <p role="status">
        We have sent a mail to <strong>{email}</strong>. Open the link in it to verify your address.
      </p>
      <MailboxHint />
      {resend.outcome ? (
        <p role="status">If the address is waiting to be verified, another mail is on its way.</p>
      ) : (
        <Form submitLabel="Send it again" problem={resend.problem} isBusy={resend.isBusy} onSubmit={() => void resend.send({ email })} />
      )}
      <a href="/login">Log in</a>
    </Page>
  );
}
