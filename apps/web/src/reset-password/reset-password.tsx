import type { ScreenProps } from '../page.tsx';
import { ChoosePassword } from './choose-password.tsx';
import { RequestReset } from './request-reset.tsx';

/** The mailed link leads here with a token; without one, this is where the mail is asked for. */
export function ResetPassword({ token }: ScreenProps) {
  return token === null ? <RequestReset /> : <ChoosePassword token={token} />;
}
