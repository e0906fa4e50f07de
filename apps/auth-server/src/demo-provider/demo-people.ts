import { createHash } from 'node:crypto';

/** Somebody that the demo provider can say was there. Their claims, as OpenID Connect names them. */
export type DemoPerson = { sub: string; name: string; email?: string; email_verified?: boolean };

/** Ready to choose from: one of each kind that makes a difference. */
export const demoPeople: readonly (DemoPerson & { about: string })[] = [
  { sub: 'demo-ada', name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true, about: 'ada@example.com, verified' },
  { sub: 'demo-grace', name: 'Grace Hopper', email: 'grace@example.com', email_verified: true, about: 'grace@example.com, verified' },
  { sub: 'demo-alan', name: 'Alan Turing', email: 'alan@example.com', email_verified: false, about: 'alan@example.com, not verified' },
  { sub: 'demo-hedy', name: 'Hedy Lamarr', about: 'without an e-mail address' },
];

/** A person of one's own making: the same name and address are the same person again. */
export function personOf(name: string, email: string, isVerified: boolean): DemoPerson {
  const sub = `demo-${createHash('sha256').update(`${name}\n${email}`).digest('hex').slice(0, 20)}`;
  return { sub, name, ...(email !== '' && { email, email_verified: isVerified }) };
}
