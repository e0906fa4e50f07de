import { authClient } from '../auth-client.ts';
import { Form, typed } from '../form/form.tsx';
import { ProblemMessage } from '../form/problem-message.tsx';
import { TextField } from '../form/text-field.tsx';
import type { Problem } from '../problem.ts';
import { useCall } from '../use-call.ts';
import { ProviderButtons } from './provider-buttons.tsx';

export type ProveAgainProps = { problem: Problem | null; hasPassword: boolean; onProven: () => void };

/** A problem with a call; when it is that the last proof is too old, the way to give a new one. */
export function ProveAgain({ problem, hasPassword, onProven }: ProveAgainProps) {
  if (problem?.reason !== 'reauthentication_required') return <ProblemMessage problem={problem} />;
  if (hasPassword) return <ProvePassword onProven={onProven} />;
  return (
    <>
      <p role="status">It is a while since you logged in. Log in again to confirm that it is you.</p>
      <ProviderButtons intent="login" label={(name) => `Continue with ${name}`} />
    </>
  );
}

function ProvePassword({ onProven }: { onProven: () => void }) {
  const prove = useCall(async (password: string) => {
    await authClient.auth.reauthenticate.mutate({ password });
    onProven();
  });
  return (
    <>
      <p role="status">It is a while since you logged in. Enter your password to confirm that it is you.</p>
      <Form
        submitLabel="Confirm"
        problem={prove.problem}
        isBusy={prove.isBusy}
        onSubmit={(values) => void prove.send(typed(values, 'password'))}
      >
        <TextField label="Password" name="password" type="password" autoComplete="current-password" />
      </Form>
    </>
  );
}
