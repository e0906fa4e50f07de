import { canonicalEmail, usernameIssue } from '@latchkey/user-core';
import { z } from 'zod';

/** An address we accept. What is stored is decided in the core; this only says so early and where. */
export const emailInput = z
  .string()
  .max(254)
  .refine((email) => canonicalEmail(email) !== null, { error: 'This is not an e-mail address.' });

export const usernameInput = z
  .string()
  .max(600)
  .check(({ value, issues }) => {
    const issue = usernameIssue(value);
    if (issue) issues.push({ code: 'custom', input: value, message: issue.message, params: { code: issue.code } });
  });

/** Long enough for every password of the policy; the policy itself answers with `weak_password`. */
export const passwordInput = z.string().min(1).max(2048);

export const nameInput = z
  .string()
  .max(150)
  .refine((name) => !/\p{Cc}/u.test(name) && name.isWellFormed(), { error: 'Control characters cannot be used in a name.' });

export const tokenInput = z.string().min(1).max(256);
