import type { AuthClient } from '@latchkey/auth-client';
import { Page } from '../page.tsx';
import { useOnce } from '../use-call.ts';
import { CheckMail } from '../verify-email/check-mail.tsx';

export type LoginOutcome = Awaited<ReturnType<AuthClient['auth']['login']['mutate']>>;

/** What follows a login or a registration: the start page, or what is still needed. */
export function LoginNext({ outcome, returnTo = '/' }: { outcome: LoginOutcome; returnTo?: string }) {
  switch (outcome.status) {
    case 'authenticated':
      return <ToPath path={returnTo} heading="You are logged in" />;
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

/** Leaves no form behind to go back to. The path is the server's, which has checked that it is one of ours. */
export function ToPath({ path, heading }: { path: string; heading: string }) {
  useOnce(() => window.location.replace(path));
  return (
    <Page heading={heading}>
      <a href={path}>Go on</a>
    </Page>
  );
}
