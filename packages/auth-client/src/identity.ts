import type { Current } from '#api';
import { tabChannel } from './tab-channel.ts';
import type { Identity } from './tokens/token-record.ts';

/**
 * What happened to who is signed in. `identity`: somebody else, or nobody, from now on; everything cached of the server is
 * another person's. `session` is who it is where that is known, and `undefined` where it has to be asked. `account`: the
 * same person, but what is known of them is out of date.
 */
export type AuthChange = { kind: 'identity'; session: Current<unknown> | null | undefined } | { kind: 'account' };

/** Who is signed in, as far as this client has seen; told to all that watch, and to the other tabs. */
export type IdentityWatch = {
  /** Grows with every change: an answer to a question from before it is not news. */
  epoch(): number;
  /** Somebody came or went by an act of ours. */
  act(identity: Identity | null, session: Current<unknown> | null | undefined): void;
  /** The server, or the store, says who is signed in. The first time that is no change. */
  observe(identity: Identity | null, session: Current<unknown> | null | undefined): void;
  /** Somebody else than this client knows who is signed in: true until it has seen otherwise. */
  assume(identity: Identity | null): void;
  accountChanged(): void;
  listen(listener: (change: AuthChange) => void): () => void;
};

type Told = { identity: Identity | null } | 'account';

/** `sharedAs` names the login that tabs share; null where each has its own. */
export function createIdentityWatch(sharedAs: string | null): IdentityWatch {
  const channel = sharedAs === null ? null : tabChannel<Told>(`${sharedAs}.identity`);
  const listeners = new Set<(change: AuthChange) => void>();
  let known: Identity | null | undefined;
  let epoch = 0;
  let stop: (() => void) | undefined;

  const emit = (change: AuthChange): void => {
    for (const listener of [...listeners]) listener(change);
  };
  const become = (identity: Identity | null, session: Current<unknown> | null | undefined): void => {
    known = identity;
    epoch += 1;
    emit({ kind: 'identity', session });
  };
  const heard = (told: Told): void => {
    if (told === 'account') emit({ kind: 'account' });
    else if (!isSame(known, told.identity)) become(told.identity, told.identity === null ? null : undefined);
  };

  return {
    epoch: () => epoch,
    act(identity, session) {
      const isChange = !isSame(known, identity);
      become(identity, session);
      if (isChange) channel?.tell({ identity });
    },
    observe(identity, session) {
      if (known === undefined) known = identity;
      if (isSame(known, identity)) return;
      become(identity, session);
      channel?.tell({ identity });
    },
    assume(identity) {
      if (known === undefined) known = identity;
    },
    accountChanged() {
      emit({ kind: 'account' });
      channel?.tell('account');
    },
    listen(listener) {
      if (listeners.size === 0) stop = channel?.listen(heard);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop?.();
      };
    },
  };
}

function isSame(a: Identity | null | undefined, b: Identity | null): boolean {
  if (!a || !b) return a === b;
  return a.userId === b.userId && a.sessionId === b.sessionId;
}
