import type { ComponentType } from 'react';
import { ConfirmEmailChange } from './confirm-email-change/confirm-email-change.tsx';
import { Home } from './home/home.tsx';
import { Login } from './login/login.tsx';
import { NotFound } from './not-found.tsx';
import type { ScreenProps } from './page.tsx';
import { Register } from './register/register.tsx';
import { ResetPassword } from './reset-password/reset-password.tsx';
import { SocialCallback } from './social/social-callback.tsx';
import { VerifyEmail } from './verify-email/verify-email.tsx';

const screens = new Map<string, ComponentType<ScreenProps>>([
  ['/', Home],
  ['/login', Login],
  ['/register', Register],
  ['/verify-email', VerifyEmail],
  ['/reset-password', ResetPassword],
  ['/confirm-email-change', ConfirmEmailChange],
]);

/** Screens are left by ordinary links: the next one starts afresh, with nothing of the last person in memory. */
export function screenAt(path: string): ComponentType<ScreenProps> {
  if (path.startsWith('/social/callback/')) return SocialCallback;
  return screens.get(path.replace(/(?<=.)\/+$/, '')) ?? NotFound;
}
