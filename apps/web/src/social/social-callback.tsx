import { useState } from 'react';
import { authClient } from '../auth-client.ts';
import { ProblemMessage } from '../form/problem-message.tsx';
import { LoginNext, ToPath } from '../login/login-next.tsx';
import { Page, type ScreenProps } from '../page.tsx';
import { useCall, useOnce } from '../use-call.ts';
import { CompleteRegistration, type SocialOutcome } from './complete-registration.tsx';
import type { Callback } from './page-callback.ts';

/** Where providers send people back to. */
export function SocialCallback({ callback }: ScreenProps) {
  if (callback) return <Finishing callback={callback} />;
  return (
    <Page heading="Log in">
      <p>There is nothing to finish here. If you were about to log in, begin again.</p>
      <a href="/login">Log in</a>
    </Page>
  );
}

function Finishing({ callback }: { callback: Callback }) {
  const [completed, setCompleted] = useState<SocialOutcome | null>(null);
  const finish = useCall(authClient.social.finish.mutate);
  useOnce(() => void finish.send(callback));

  const outcome = completed ?? finish.outcome;
  if (outcome) return <SocialNext outcome={outcome} onCompleted={setCompleted} />;
  return (
    <Page heading={finish.problem ? 'That did not work' : 'One moment'}>
      {finish.problem ? <ProblemMessage problem={finish.problem} /> : <p role="status">We are finishing what you began …</p>}
      {finish.problem && (
        <nav aria-label="Where to go">
          <a href="/login">Log in</a>
          <a href="/">Go to the start</a>
        </nav>
      )}
    </Page>
  );
}

/** What follows when somebody has come back. */
function SocialNext({ outcome, onCompleted }: { outcome: SocialOutcome; onCompleted: (outcome: SocialOutcome) => void }) {
  switch (outcome.status) {
    case 'connected':
      return <ToPath path={outcome.returnTo} heading="Your account is connected" />;
    case 'registration_incomplete':
      return <CompleteRegistration missing={outcome.missing} suggested={outcome.suggested} onCompleted={onCompleted} />;
    case 'link_required':
      return <LinkRequired email={outcome.email} />;
    default:
      return <LoginNext outcome={outcome} returnTo={outcome.returnTo} />;
  }
}

function LinkRequired({ email }: { email: string }) {
  return (
    <Page heading="You have an account already">
      <p role="status">
        There is an account with the address <strong>{email}</strong>. To keep it safe, nobody gets into it by another service until you
        have connected the two.
      </p>
      <p>Log in the way you usually do. Then connect the other service on the start page; from then on either will do.</p>
      <nav aria-label="Where to go">
        <a href="/login">Log in</a>
        <a href="/reset-password">Forgot your password?</a>
      </nav>
    </Page>
  );
}
