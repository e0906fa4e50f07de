import type { ReactNode } from 'react';
import { authClient } from '../auth-client.ts';
import { ProblemMessage } from '../form/problem-message.tsx';
import type { Problem } from '../problem.ts';
import { useCall, useOnce } from '../use-call.ts';

type Provider = Awaited<ReturnType<typeof authClient.social.providers.query>>[number];
type ProviderButtonsProps = {
  intent: 'login' | 'connect';
  label: (name: string) => string;
  /** Shows what went wrong with a button, and may try again. */
  explain?: (problem: Problem | null, retry: () => void) => ReactNode;
};

/** A button for every provider that is offered; nothing where none is. */
export function ProviderButtons(props: ProviderButtonsProps) {
  const offered = useCall(async () => authClient.social.providers.query());
  useOnce(() => void offered.send(undefined));

  if (!offered.outcome || offered.outcome.length === 0) return null;
  return (
    <ul className="providers">
      {offered.outcome.map((provider) => (
        <li key={provider.id}>
          <ProviderButton provider={provider} {...props} />
        </li>
      ))}
    </ul>
  );
}

/** Leads out to the provider. */
function ProviderButton({ provider, intent, label, explain }: ProviderButtonsProps & { provider: Provider }) {
  const start = useCall(async () => {
    const { authorizationUrl } = await authClient.social.start.mutate({ provider: provider.id, intent });
    window.location.assign(authorizationUrl);
  });
  return (
    <>
      <button type="button" className="quiet" aria-disabled={start.isBusy} onClick={() => void start.send(undefined)}>
        {label(provider.name)}
      </button>
      {explain ? explain(start.problem, () => void start.send(undefined)) : <ProblemMessage problem={start.problem} />}
    </>
  );
}
