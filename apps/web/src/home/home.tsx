import { authClient } from '../auth-client.ts';
import { Form } from '../form/form.tsx';
import { ProblemMessage } from '../form/problem-message.tsx';
import { Page } from '../page.tsx';
import { ConnectedAccounts } from '../social/connected-accounts.tsx';
import { useCall, useOnce } from '../use-call.ts';

export function Home() {
  const current = useCall(async () => ({ signedIn: await authClient.auth.session.query() }));
  useOnce(() => void current.send(undefined));

  if (!current.outcome) {
    return (
      <Page heading="Welcome">{current.problem ? <ProblemMessage problem={current.problem} /> : <p role="status">One moment …</p>}</Page>
    );
  }
  const { signedIn } = current.outcome;
  return <Page heading="Welcome">{signedIn ? <SignedIn {...signedIn.user} /> : <SignedOut />}</Page>;
}

function SignedIn({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const logout = useCall(async () => {
    await authClient.auth.logout.mutate();
    window.location.replace('/');
  });
  return (
    <>
      <p>
        You are <strong>{email}</strong>
      </p>
      <Form submitLabel="Log out" problem={logout.problem} isBusy={logout.isBusy} onSubmit={() => void logout.send(undefined)} />
      <ConnectedAccounts hasPassword={hasPassword} />
    </>
  );
}

function SignedOut() {
  return (
    <>
      <p>You are not logged in.</p>
      <nav aria-label="Account">
        <a href="/login">Log in</a>
        <a href="/register">Register</a>
      </nav>
    </>
  );
}
