import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeMail, writeNotice } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { requireFresh } from '../session/freshness.ts';
import type { SignedIn } from '../session/session.store.ts';
import { endSessions } from '../session/sessions.ts';
import { dropUnprovenIdentities } from '../social/drop-identities.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken } from '../token/one-time-token.store.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserByEmail, findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';

/**
 * Mails a token to the new address and a notice to the present one. An address that belongs to somebody gets the same
 * answer, and a mail that says so. Refusals: `reauthentication_required`, `invalid_input`, `too_many_attempts`.
 */
export async function requestEmailChange(core: UserCore, me: SignedIn, input: { email: string }, caller: Caller): Promise<void> {
  requireFresh(core, me);
  const address = canonicalEmail(input.email);
  if (!address)
    throw new Refusal('invalid_input', { fields: [{ path: 'email', code: 'invalid_email', message: 'This is not an e-mail address.' }] });
  await core.limits.charge('changeEmail', { ip: caller.origin.ip, account: me.user.id });
  const mayMail = await core.limits.tryCharge('mail', `change ${address.canonical}`);
  await core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, me.user.id);
    if (!user) throw new Refusal('not_authenticated');
    const owner = await findUserByEmail(tx, address.canonical);
    const content = { ...occurrence(core, caller.origin), newEmail: address.email };
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'email_change_request', userId: user.id, sessionId: me.session.id });
    await writeNotice(core, tx, { kind: 'email_change_requested', to: user.email, content }, user);
    if (!mayMail) return;
    // For an address that is taken a token is made too, and mailed to nobody: the asker's earlier one ends either way.
    const token = await issueOneTimeToken(core, tx, 'change_email', { userId: user.id }, address.email);
    if (owner && owner.id !== user.id)
      await writeMail(core, tx, { kind: 'email_change_refused', to: owner.email, content: occurrence(core, caller.origin) }, owner.id);
    else
      await writeMail(
        core,
        tx,
        { kind: 'confirm_email_change', to: address.email, content: { ...token, newEmail: address.email } },
        user.id,
      );
  });
}

/**
 * Moves the account to the new address. Only the person who asked can use the token. Refusals: `invalid_token` (also when
 * the address was taken meanwhile), `too_many_attempts`.
 */
export async function confirmEmailChange(core: UserCore, me: SignedIn, input: { token: string }, caller: Caller): Promise<void> {
  const hash = secretTokenHash('change_email', input.token);
  await core.limits.charge('verifyEmail', { ip: caller.origin.ip, account: me.user.id });
  const now = core.host.clock.now();
  const found = hash && (await findOneTimeToken(core.db, 'change_email', hash, now));
  if (!hash || found?.userId !== me.user.id) throw new Refusal('invalid_token');
  try {
    await core.db.transaction(async (tx) => {
      const user = await findUserForUpdate(tx, me.user.id);
      const claimed = await claimOneTimeToken(tx, 'change_email', hash, now);
      const address = claimed && canonicalEmail(claimed.email);
      if (!user || !address) throw new Refusal('invalid_token');
      await updateUser(tx, user.id, { email: address.email, emailCanonical: address.canonical, emailVerifiedAt: now, changedAt: now });
      await deleteUserTokens(tx, user.id, ['verify_email', 'reset_password']);
      if (user.emailVerifiedAt === null) {
        // The first mailbox that is proven for this account: what was opened before that ends (R-REG-09).
        await endSessions(core, tx, user.id, me.session.id, 'email_proven');
        await dropUnprovenIdentities(core, tx, user.id, me.session.methods, caller);
        await insertEvent(tx, { type: 'user.email_verified', userId: user.id, data: { email: address.email }, occurredAt: now });
      }
      const data = { email: address.email, previousEmail: user.email };
      await insertEvent(tx, { type: 'user.email_changed', userId: user.id, data, occurredAt: now });
      await core.host.jobs.enqueueEvents(tx);
      await insertAudit(tx, core.host.clock, caller.origin, { event: 'email_change_confirm', userId: user.id, sessionId: me.session.id });
      const content = { ...occurrence(core, caller.origin), newEmail: address.email };
      for (const to of [user.email, address.email]) await writeMail(core, tx, { kind: 'email_changed', to, content }, user.id);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'user_email_canonical_unique') throw new Refusal('invalid_token');
    throw error;
  }
}
