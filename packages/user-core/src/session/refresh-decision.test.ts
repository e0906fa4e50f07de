import { describe, expect, test } from 'vitest';
import { decideRefresh, type RefreshDecision } from './refresh-decision.ts';
import type { SessionEnd, SessionRow } from './session.table.ts';

const now = new Date('2026-01-01T00:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const living = {
  tokenHash: null,
  endedAt: null,
  endReason: null,
  expiresAt: ago(-3600),
  idleExpiresAt: ago(-3600),
  refreshCounter: 5,
  refreshFloor: 0,
  refreshedAt: ago(3),
} as SessionRow;

const decide = (change: Partial<SessionRow>, counter: number) => decideRefresh({ ...living, ...change } as SessionRow, counter, now, 10);

const generations = [0, 3, 4, 5, 6] as const;
const refreshedAgo = [null, -2, 0, 10, 10.001, 3600] as const;
const floors = [0, 4, 5] as const;
const ends: { name: string; change: Partial<SessionRow> }[] = [
  ...(['logged_out', 'revoked', 'evicted', 'password_changed', 'email_proven', 'reauthenticated'] satisfies SessionEnd[]).map(
    (endReason) => ({
      name: endReason,
      change: { endedAt: ago(1), endReason },
    }),
  ),
  { name: 'past its absolute end', change: { expiresAt: now } },
  { name: 'past its idle end', change: { idleExpiresAt: now } },
  { name: 'carried by a cookie', change: { tokenHash: Buffer.alloc(32) } },
];

/** The rule again, in the words of the promise instead of the code's. */
function expected(counter: number, secondsAgo: number | null, floor: number): RefreshDecision {
  if (counter > 5 || counter < floor) return 'dead';
  const inGrace = counter === 4 && secondsAgo !== null && secondsAgo <= 10;
  return inGrace ? 'repeat_successor' : 'reuse';
}

describe('grace is for the immediate predecessor, ten seconds long, and never after an end (R-TOK-10)', () => {
  for (const counter of generations) {
    for (const seconds of refreshedAgo) {
      for (const floor of floors) {
        test(`generation ${counter} of 5, refreshed ${seconds ?? 'never'} s ago, withdrawn below ${floor}`, () => {
          const change = { refreshedAt: seconds === null ? null : ago(seconds), refreshFloor: floor };
          expect(decide(change, counter)).toBe(expected(counter, seconds, floor));
          for (const end of ends) expect(decide({ ...change, ...end.change }, counter), end.name).toBe('dead');
          expect(decide({ ...change, endedAt: ago(1), endReason: 'refresh_reused' }, counter)).toBe('already_reused');
        });
      }
    }
  }
});
