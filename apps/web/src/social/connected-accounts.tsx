import { authClient } from '../auth-client.ts';
import { ProblemMessage } from '../form/problem-message.tsx';
import { useCall, useOnce } from '../use-call.ts';
import { ProveAgain } from './prove-again.tsx';
import { ProviderButtons } from './provider-buttons.tsx';

type Account = Awaited<ReturnType<typeof authClient.social.accounts.query>>[number];

/** The other services by which one can log in: which there are, one more, one less. */
export function ConnectedAccounts({ hasPassword }: { hasPassword: boolean }) {
  const list = useCall(async () => {
    const [accounts, providers] = await Promise.all([authClient.social.accounts.query(), authClient.social.providers.query()]);
    return { accounts, names: new Map(providers.map(({ id, name }) => [id, name])) };
  });
  useOnce(() => void list.send(undefined));

  if (!list.outcome) return <ProblemMessage problem={list.problem} />;
  const { accounts, names } = list.outcome;
  if (accounts.length === 0 && names.size === 0) return null;
  return (
    <section aria-labelledby="connected">
      <h2 id="connected">Other ways to log in</h2>
      {accounts.length > 0 && (
        <ul className="accounts">
          {accounts.map((account) => (
            <li key={account.id}>
              <ConnectedAccount
                account={account}
                name={names.get(account.provider) ?? account.provider}
                hasPassword={hasPassword}
                onGone={() => void list.send(undefined)}
              />
            </li>
          ))}
        </ul>
      )}
      <ProviderButtons
        intent="connect"
        label={(name) => `Connect ${name}`}
        explain={(problem, retry) => <ProveAgain problem={problem} hasPassword={hasPassword} onProven={retry} />}
      />
    </section>
  );
}

type ConnectedAccountProps = { account: Account; name: string; hasPassword: boolean; onGone: () => void };

function ConnectedAccount({ account, name, hasPassword, onGone }: ConnectedAccountProps) {
  const disconnect = useCall(async () => {
    await authClient.social.disconnect.mutate({ accountId: account.id });
    onGone();
  });
  return (
    <>
      <p id={account.id}>
        {name}
        {account.email && <span className="hint"> {account.email}</span>}
      </p>
      <button
        type="button"
        className="quiet"
        aria-describedby={account.id}
        aria-disabled={disconnect.isBusy}
        onClick={() => void disconnect.send(undefined)}
      >
        Disconnect {name}
      </button>
      <ProveAgain problem={disconnect.problem} hasPassword={hasPassword} onProven={() => void disconnect.send(undefined)} />
    </>
  );
}
