import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import { isBreached } from './breached-passwords.ts';
import { type PasswordContext, passwordIssues } from './password-rules.ts';

const breached = 'This password is known from a breach of another service. Choose another.';

/**
 * The hash of a password that somebody chose, or `weak_password` with the reason at `path`. Every way to choose one comes
 * here, before its transaction: asking and hashing are slow.
 */
export async function hashNewPassword(
  core: UserCore,
  password: string,
  context: PasswordContext,
  path: 'password' | 'newPassword',
  caller: Caller,
): Promise<string> {
  const issues = passwordIssues(password, core.policy.password, context, path);
  if (issues.length > 0) throw new Refusal('weak_password', { fields: issues });
  if (await isBreached(core.host, password))
    throw new Refusal('weak_password', { fields: [{ path, code: 'breached', message: breached }] });
  return core.passwords.hash(password, caller.origin.ip);
}
