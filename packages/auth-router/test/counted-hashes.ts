import type { TestRouter } from './test-router.ts';

/** How many password hashes were computed and compared since the last look. */
export type HashTally = { take(): { hashed: number; verified: number } };

/** Counts at the door that every password passes: what a call costs is counted, not timed. */
export function countHashes(router: TestRouter): HashTally {
  const real = router.core.passwords;
  let hashed = 0;
  let verified = 0;
  router.core.passwords = {
    ...real,
    hash(password, from) {
      hashed += 1;
      return real.hash(password, from);
    },
    verify(password, stored, from) {
      verified += 1;
      return real.verify(password, stored, from);
    },
    async findRight(password, stored, from) {
      const place = await real.findRight(password, stored, from);
      verified += place === null ? stored.length : place + 1;
      return place;
    },
  };
  return {
    take() {
      const taken = { hashed, verified };
      hashed = 0;
      verified = 0;
      return taken;
    },
  };
}
