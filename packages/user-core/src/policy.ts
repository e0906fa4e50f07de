/** Attempts allowed within a window; `points` per `seconds`. */
export type Limit = { points: number; seconds: number };

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Lifetimes, lengths and limits in one value. The defaults follow NIST SP 800-63B-4 §2.1.3 and OWASP ASVS 5.0 V6/V7
 * where these give numbers. Give `assembleUserCore` your own copy to change any of them.
 */
export const defaultPolicy = {
  registration: 'open' as 'open' | 'closed',
  emailVerification: 'mandatory' as 'mandatory' | 'optional' | 'none',
  loginIdentifiers: ['email', 'username'] as ('email' | 'username')[],
  /** Counted in Unicode code points; at most `maxBytes` in UTF-8. */
  password: { minLength: 8, maxLength: 128, maxBytes: 512, bcryptCost: 12, contextWords: ['latchkey'] },
  session: {
    idleSeconds: 14 * day,
    absoluteSeconds: 30 * day,
    touchEverySeconds: 5 * minute,
    freshSeconds: 10 * minute,
    maxPerUser: 100,
    /** Ended sessions stay this long, so that a replayed refresh token is recognised. */
    keepEndedSeconds: 30 * day,
  },
  accessToken: { seconds: 5 * minute, skewSeconds: 30 },
  refresh: { graceSeconds: 10 },
  signingKey: { publishAheadSeconds: day, rotateEverySeconds: 90 * day, retireAfterSeconds: hour },
  token: {
    verifyEmailSeconds: day,
    resetPasswordSeconds: 30 * minute,
    changeEmailSeconds: hour,
  },
  /** From `start` to `finish`, and from an incomplete registration to its end. */
  social: { flowSeconds: 10 * minute },
  device: { seconds: 365 * day, maxPerUser: 50 },
  /** A login that succeeds after so many failures in a row is told to the owner. */
  noticeAfterFailures: 3,
  /** Notices of one kind to one owner, and to an address that nobody has proven. */
  notices: { perDay: 10, perDayUnproven: 2 },
  auditSeconds: 180 * day,
  limitsEnabled: true,
  limits: {
    login: {
      ip: [
        { points: 20, seconds: minute },
        { points: 200, seconds: hour },
      ],
      account: [{ points: 10, seconds: 15 * minute }],
    },
    register: {
      ip: [
        { points: 10, seconds: hour },
        { points: 30, seconds: day },
      ],
      account: [{ points: 3, seconds: hour }],
    },
    verifyEmail: { ip: [{ points: 20, seconds: minute }], account: [{ points: 10, seconds: hour }] },
    resendVerification: {
      ip: [{ points: 10, seconds: hour }],
      account: [
        { points: 1, seconds: minute },
        { points: 5, seconds: hour },
      ],
    },
    requestReset: {
      ip: [{ points: 10, seconds: hour }],
      account: [
        { points: 1, seconds: minute },
        { points: 5, seconds: hour },
        { points: 10, seconds: day },
      ],
    },
    confirmReset: { ip: [{ points: 20, seconds: minute }], account: [{ points: 5, seconds: hour }] },
    provePassword: { ip: [{ points: 20, seconds: minute }], account: [{ points: 5, seconds: 15 * minute }] },
    refresh: { ip: [{ points: 120, seconds: minute }], account: [{ points: 30, seconds: minute }] },
    changeEmail: { ip: [{ points: 10, seconds: hour }], account: [{ points: 3, seconds: hour }] },
    session: { ip: [{ points: 300, seconds: minute }], account: [{ points: 120, seconds: minute }] },
    serviceToken: { ip: [{ points: 60, seconds: minute }], account: [{ points: 30, seconds: minute }] },
    service: { ip: [], account: [{ points: 600, seconds: minute }] },
    startSocial: { ip: [{ points: 30, seconds: minute }], account: [] },
    finishSocial: { ip: [{ points: 30, seconds: minute }], account: [] },
    /** Mail to one address, for each purpose apart. */
    mail: { ip: [], account: [{ points: 20, seconds: day }] },
    /** Refusals that are written down: of one client, and of all together. A flood of them must not fill the disk. */
    record: {
      ip: [
        { points: 10, seconds: minute },
        { points: 100, seconds: hour },
      ],
      account: [{ points: 1200, seconds: minute }],
    },
  } satisfies Record<string, { ip: Limit[]; account: Limit[] }>,
  /**
   * After `freeFailures` failures in a row an account waits 1, 2, 4 … `maxSeconds`; after `lockAfter` (NIST SP 800-63B-4
   * §3.2.2: 100 at most) only a reset or a known device helps, until `rememberSeconds` after the first of them.
   */
  loginDelay: { freeFailures: 5, maxSeconds: minute, lockAfter: 100, rememberSeconds: 90 * day },
};

/** Lifetimes, lengths and limits: `{ ...defaultPolicy, … }`. */
export type Policy = typeof defaultPolicy;
/** What attempts are counted for. */
export type LimitedAction = keyof Policy['limits'];
