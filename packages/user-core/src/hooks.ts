import type { Transaction } from './database.ts';
import type { Origin } from './host.ts';
import type { Session } from './session/session.ts';
import type { User } from './user/user.ts';

/** What somebody wants to register with, before anything is written. */
export type RegistrationCandidate = {
  email: string;
  username: string | null;
  firstName: string;
  lastName: string;
  fields: Record<string, unknown>;
};

/**
 * Where an application takes part. Each runs on every way in. Any of them may throw: a `Refusal` is told to the caller, and
 * nothing is kept. Where there is a `tx`, what is written with it is kept or lost together with the account or the session,
 * and everything that is read must be read with it: the transaction holds a connection, and waiting for a second one while
 * all others wait too would help nobody.
 */
export type Hooks = {
  /** Runs before the address is looked up, so it cannot tell a known address from a new one. May answer amendments. */
  beforeRegister?(candidate: RegistrationCandidate, origin: Origin): Promise<Partial<Omit<RegistrationCandidate, 'email'>> | undefined>;
  /** Runs when the account comes into being: with mandatory verification that is when the address is proven. */
  afterRegister?(tx: Transaction, user: User): Promise<void>;
  /** Runs before the session comes into being; `methods` is what has been proven. */
  beforeLogin?(user: User, login: { methods: string[]; origin: Origin; tx: Transaction }): Promise<void>;
  afterLogin?(tx: Transaction, user: User, session: Session): Promise<void>;
};
