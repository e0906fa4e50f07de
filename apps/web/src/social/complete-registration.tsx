import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { TextField } from '../form/text-field.tsx';
import { Page } from '../page.tsx';
import { useCall } from '../use-call.ts';

export type SocialOutcome = Awaited<ReturnType<typeof authClient.social.finish.mutate>>;
type Incomplete = Extract<SocialOutcome, { status: 'registration_incomplete' }>;

type CompleteRegistrationProps = Pick<Incomplete, 'missing' | 'suggested'> & { onCompleted: (outcome: SocialOutcome) => void };

/** Asks for what the other service could not tell, with what it suggests filled in. */
export function CompleteRegistration({ missing, suggested, onCompleted }: CompleteRegistrationProps) {
  const complete = useCall(async (input: Parameters<typeof authClient.social.completeRegistration.mutate>[0]) => {
    onCompleted(await authClient.social.completeRegistration.mutate(input));
  });

  return (
    <Page heading="One more thing">
      <p>{suggested.firstName ? `Hello ${suggested.firstName}. ` : ''}To make your account we need to know a little more.</p>
      <Form
        submitLabel="Register"
        problem={complete.problem}
        isBusy={complete.isBusy}
        onSubmit={(values) => {
          const [email, username] = [typed(values, 'email').trim(), typed(values, 'username').trim()];
          void complete.send({ ...(email !== '' && { email }), ...(username !== '' && { username }) });
        }}
      >
        {missing.includes('email') && (
          <TextField label="E-mail address" name="email" type="email" autoComplete="email" hint="We will send you a link to confirm it." />
        )}
        <TextField
          label="Username"
          name="username"
          autoComplete="username"
          initial={suggested.username}
          isOptional={!missing.includes('username')}
        />
      </Form>
      <a href="/login">Log in another way</a>
    </Page>
  );
}
