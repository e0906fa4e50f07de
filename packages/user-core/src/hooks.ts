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
 * Where an application takes part. Each runs on every way in. A `before…` may throw a `Refusal`; an `after…` runs inside
 * the transaction, and what it writes with `tx` is kept or lost together with the account or the session.
 */
export type Hooks = {
  /** Runs before the address is looked up, so it cannot tell a known address from a new one. May answer amendments. */
  beforeRegister?(candidate: RegistrationCandidate, origin: Origin): Promise<Partial<Omit<RegistrationCandidate, 'email'>> | undefined>;
  /** Runs when the account comes into being: with mandatory verification that is when the address is proven. */
  afterRegister?(tx: Transaction, user: User): Promise<void>;
  beforeLogin?(user: User, login: { methods: string[]; origin: Origin }): Promise<void>;
  afterLogin?(tx: Transaction, user: User, session: Session): Promise<void>;
};
