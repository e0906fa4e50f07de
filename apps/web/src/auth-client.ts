import { createAuthClient } from '@latchkey/auth-client';

/** The one way from the screens to the server, which also serves them. */
export const authClient = createAuthClient({ url: '' });
