import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import type { EmailAddress } from '../user/canonical-email.ts';
import type { Arrival } from './identity.ts';
import type { Provider } from './providers/provider.ts';

/** What the application keeps of somebody who says nothing: null when its fields demand that they say something. */
export type FieldDefaults = Record<string, unknown> | null;

/** Somebody at the door: who they are at the provider, and what they added themselves. */
export type Newcomer = {
  arrival: Arrival;
  /** Typed by the person; unproven, unless the provider vouches for the very same address. */
  email?: string | undefined;
  username?: string | undefined;
  fields: FieldDefaults;
  returnTo: string;
  /** Uses up what entitles them, in the transaction of what becomes of them. */
  claim?: (tx: Transaction) => Promise<void>;
};

export type Address = EmailAddress & { isVerified: boolean };

/** A newcomer with everything around them that bears on what becomes of them. */
export type Visit = { provider: Provider; newcomer: Newcomer; address: Address | null; caller: Caller };
