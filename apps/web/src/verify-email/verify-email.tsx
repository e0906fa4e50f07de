import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { ProblemMessage } from '../form/problem-message.tsx';
import { TextField } from '../form/text-field.tsx';
import { LoginNext } from '../login/login-next.tsx';
import { Page, type ScreenProps } from '../page.tsx';
import { type Call, useCall, useOnce } from '../use-call.ts';
import { NewLink } from './new-link.tsx';

const heading = 'Verify your e-mail address';

export function VerifyEmail({ token }: ScreenProps) {
  if (token !== null) return <Verification token={token} />;
  return (
    <Page heading={heading}>
      <p>Open the link in the mail we sent you, or have a new one sent.</p>
      <NewLink />
    </Page>
  );
}

type VerifyInput = Parameters<typeof authClient.registration.verifyEmail.mutate>[0];
type VerifyOutcome = Awaited<ReturnType<typeof authClient.registration.verifyEmail.mutate>>;

function Verification({ token }: { token: string }) {
  const verify = useCall<VerifyInput, VerifyOutcome>(authClient.registration.verifyEmail.mutate);
  useOnce(() => void verify.send({ token }));

  if (verify.outcome === null) return <Unanswered token={token} verify={verify} />;
  switch (verify.outcome.status) {
    case 'password_required':
      return <AskPassword token={token} verify={verify} />;
    case 'authenticated':
    case 'verified':
      return (
        <Page heading="Your address is verified">
          <p role="status">You are logged in.</p>
          <a href="/">Go to the start</a>
        </Page>
      );
    default:
      return <LoginNext outcome={verify.outcome} />;
  }
}

type VerificationProps = { token: string; verify: Call<VerifyInput, VerifyOutcome> };

function Unanswered({ token, verify }: VerificationProps) {
  if (verify.problem?.reason === 'invalid_token') return <DeadLink verify={verify} />;
  return (
    <Page heading={heading}>
      {!verify.problem && <p role="status">One moment …</p>}
      {verify.problem && (
        <Form submitLabel="Try again" problem={verify.problem} isBusy={verify.isBusy} onSubmit={() => void verify.send({ token })} />
      )}
    </Page>
  );
}

function AskPassword({ token, verify }: VerificationProps) {
  if (verify.problem?.reason === 'invalid_token') return <DeadLink verify={verify} />;
  return (
    <Page heading={heading}>
      <p>You registered in another browser. Enter the password you chose there.</p>
      <p className="hint">If you came by another service and chose no password, open the link in the browser in which you began.</p>
      <Form
        submitLabel="Verify"
        problem={verify.problem}
        isBusy={verify.isBusy}
        onSubmit={(values) => void verify.send({ token, password: typed(values, 'password') })}
      >
        <TextField label="Password" name="password" type="password" autoComplete="current-password" />
      </Form>
    </Page>
  );
}

function DeadLink({ verify }: Pick<VerificationProps, 'verify'>) {
  return (
    <Page heading={heading}>
      <ProblemMessage problem={verify.problem} />
      <p>
        If you have verified your address already, <a href="/login">log in</a>. Otherwise have a new link sent.
      </p>
      <NewLink />
    </Page>
  );
}
