import type { AuthClient } from '@latchkey/auth-client';
import { Page } from '../page.tsx';
import { useOnce } from '../use-call.ts';
import { CheckMail } from '../verify-email/check-mail.tsx';

export type LoginOutcome = Awaited<ReturnType<AuthClient['auth']['login']['mutate']>>;

/** What follows a login or a registration: the start page, or what is still needed. */
export function LoginNext({ outcome }: { outcome: LoginOutcome }) {
  switch (outcome.status) {
    case 'authenticated':
      return <ToStart />;
    case 'email_verification_required':
      return <CheckMail email={outcome.email} />;
    case 'second_factor_required':
      return (
        <Page heading="One more step">
          <p role="status">Your account asks for a second proof of who you are, which this page cannot take yet.</p>
        </Page>
      );
  }
}

/** Leaves no form behind to go back to. */
function ToStart() {
  useOnce(() => window.location.replace('/'));
  return (
    <Page heading="You are logged in">
      <a href="/">Go to the start</a>
    </Page>
  );
}
