import { authClient } from '../auth-client.ts';
import { Form } from '../form/form.tsx';
import { ProblemMessage } from '../form/problem-message.tsx';
import { Page, type ScreenProps } from '../page.tsx';
import type { Problem } from '../problem.ts';
import { useCall, useOnce } from '../use-call.ts';

const heading = 'Confirm your new e-mail address';

export function ConfirmEmailChange({ token }: ScreenProps) {
  if (token !== null) return <Confirmation token={token} />;
  return (
    <Page heading={heading}>
      <p>Open the link in the mail we sent to your new address.</p>
      <a href="/">Go to the start</a>
    </Page>
  );
}

function Confirmation({ token }: { token: string }) {
  const confirm = useCall(authClient.registration.confirmEmailChange.mutate);
  useOnce(() => void confirm.send({ token }));

  if (confirm.outcome) {
    return (
      <Page heading="Your e-mail address is changed">
        <p role="status">From now on, log in with the new one.</p>
        <a href="/">Go to the start</a>
      </Page>
    );
  }
  if (confirm.problem && isFinal(confirm.problem)) {
    return (
      <Page heading={heading}>
        <ProblemMessage problem={confirm.problem} />
        <p>The link works while you are logged in, in this browser, to the account that asked for the change.</p>
        <a href="/login">Log in</a>
      </Page>
    );
  }
  return (
    <Page heading={heading}>
      {confirm.problem ? (
        <Form submitLabel="Try again" problem={confirm.problem} isBusy={confirm.isBusy} onSubmit={() => void confirm.send({ token })} />
      ) : (
        <p role="status">One moment …</p>
      )}
    </Page>
  );
}

/** Trying the same again would not help. */
function isFinal({ reason }: Problem): boolean {
  return reason === 'invalid_token' || reason === 'not_authenticated';
}
