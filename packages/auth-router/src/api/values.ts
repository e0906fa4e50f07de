/** What a person is to themselves. `Fields` is what the application added; nothing by default. */
export interface User<Fields = NoFieldValues> {
  id: string;
  email: string;
  emailVerified: boolean;
  username: string | null;
  firstName: string;
  lastName: string;
  /** False for somebody who has only ever come by another service. */
  hasPassword: boolean;
  createdAt: Date;
  lastLoginAt: Date | null;
  fields: Fields;
}

/** The extra fields of an application that has none. */
export type NoFieldValues = Record<string, never>;

/** A login on one device, as its owner may see it. */
export interface Session {
  id: string;
  createdAt: Date;
  lastSeenAt: Date;
  /** The idle or the absolute end, whichever comes first. */
  expiresAt: Date;
  /** When a factor was last proven. */
  authenticatedAt: Date;
  /** What was proven, by the names of RFC 8176: `pwd`, `email`, … */
  methods: string[];
  ip: string | null;
  userAgent: string | null;
  /** True for the session that asks. */
  current: boolean;
}

/** An access token, a JWT of some minutes, and the refresh token that is exchanged for the next pair and then dead. */
export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
}

/** Who is signed in, and by which session. */
export interface Current<Fields = NoFieldValues> {
  user: User<Fields>;
  session: Session;
}

/** Somebody came in. `tokens` is null where the session travels as a cookie. */
export interface Authenticated<Fields = NoFieldValues> extends Current<Fields> {
  status: 'authenticated';
  tokens: Tokens | null;
}

/** The address has to be proven first: a mail is on its way to it. */
export interface EmailVerificationRequired {
  status: 'email_verification_required';
  email: string;
}

/** More proof is wanted. Reserved: no server says so yet. */
export interface SecondFactorRequired {
  status: 'second_factor_required';
  methods: string[];
  expiresAt: Date;
}

/** How every way in may end, when it is not refused. */
export type LoginOutcome<Fields = NoFieldValues> = Authenticated<Fields> | EmailVerificationRequired | SecondFactorRequired;

/** `password_required` consumed nothing: call again with the password. `verified` is for who was signed in already. */
export type VerifyEmailOutcome<Fields = NoFieldValues> = LoginOutcome<Fields> | { status: 'password_required' } | { status: 'verified' };

/** The secrets of the session that goes on; `tokens` is null where it travels as a cookie. */
export interface PasswordChanged {
  status: 'changed';
  tokens: Tokens | null;
}

/** Whether an access token is good at this moment. */
export type TokenStatus = { active: true; userId: string; sessionId: string; expiresAt: Date } | { active: false };

/** The access token of a service account and what it may be used for. */
export interface ServiceToken {
  accessToken: string;
  expiresAt: Date;
  scopes: string[];
}

/** The answer that is the same whether or not there was anything to do. */
export interface Accepted {
  status: 'accepted';
}
