import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import { isBreached } from './breached-passwords.ts';
import { type PasswordContext, passwordIssues } from './password-rules.ts';

const breached = 'This password is known from a breach of another service. Choose another.';

type Path = 'password' | 'newPassword';

/** Refuses with `weak_password` and the reason at `path`. Asks nobody and costs little: a weak one need not count as an attempt. */
export function refuseWeakPassword(core: UserCore, password: string, context: PasswordContext, path: Path): void {
  const issues = passwordIssues(password, core.policy.password, context, path);
  if (issues.length > 0) throw new Refusal('weak_password', { fields: issues });
}

/**
 * The hash of a password that somebody chose, or `weak_password` with the reason at `path`. Every way to choose one comes
 * here, before its transaction: asking and hashing are slow.
 */
export async function hashNewPassword(
  core: UserCore,
  password: string,
  context: PasswordContext,
  path: Path,
  caller: Caller,
): Promise<string> {
  refuseWeakPassword(core, password, context, path);
  if (await isBreached(core.host, password))
    throw new Refusal('weak_password', { fields: [{ path, code: 'breached', message: breached }] });
  return core.passwords.hash(password, caller.origin.ip);
}
