/** Somebody who is signed in, as their access token says, or the auth server. */
export type RequestSession = {
  userId: string;
  sessionId: string;
  /** What was proven, by the names of RFC 8176. */
  methods: string[];
  /** When a factor was last proven. */
  authenticatedAt: Date;
  /** Until when this holds: the end of the token, or of the session. */
  expiresAt: Date;
};
