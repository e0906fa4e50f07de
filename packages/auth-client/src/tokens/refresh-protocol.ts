import type { RefusalReason } from '#api';
import { isSameSession, type TokenRecord } from './token-record.ts';

/*
 * Every choice of docs/decisions/0042, without effects. `token-keeper.ts` gathers, asks here, and acts.
 */

/** Whether a call waits for a renewal: it must, it may go without, or it has nothing to do with who calls. */
export type Need = 'must' | 'may' | 'no';

/** The server repeats a successor for ten seconds after the first exchange; the last repetition has to arrive before. */
const retryFor = 9_000;
const retryDelays = [200, 400, 800, 1_600, 3_000, 3_000];
const [shortestRest, longestRest] = [2_000, 30_000];
/** Renewed when so much of its life is over … */
const dueAt = 0.8;
/** … and not used in the last seconds: it came a moment after it was made. */
const reserve = 5_000;
/** A token that came after now means that the clock was set back: its age is unknown. */
const setBack = -5_000;

/** `over` also when the age cannot be known. */
export function ageOf(record: TokenRecord, now: number): 'young' | 'due' | 'over' {
  const age = now - record.receivedAt;
  if (age < setBack || age >= record.lifetime - reserve) return 'over';
  return age >= record.lifetime * dueAt ? 'due' : 'young';
}

/** A rest that reaches further than any was ever meant to was written by a clock that was wrong. */
export function isResting(record: TokenRecord, now: number): boolean {
  const left = (record.rest?.until ?? 0) - now;
  return left > 0 && left <= longestRest;
}

/**
 * `renew_or_send`: the token is still good, so the first failure of a renewal lets the call go.
 * `fail`: to send a token that is over would be answered as if nobody were signed in.
 */
export type BeforeCall = 'send' | 'renew' | 'renew_or_send' | 'fail';

export function decideBeforeCall(record: TokenRecord | null, need: Need, now: number): BeforeCall {
  if (!record || need === 'no') return 'send';
  const age = ageOf(record, now);
  if (age === 'young') return 'send';
  if (isResting(record, now)) return age === 'over' && need === 'must' ? 'fail' : 'send';
  return age === 'over' && need === 'must' ? 'renew' : 'renew_or_send';
}

/**
 * `rest`: a token that came just now is refused as well; another one would not help. `fail`: whether somebody is signed in
 * cannot be found out at present, so the refusal is not to be believed.
 */
export type AfterRefusal = 'give_up' | 'replay' | 'renew' | 'rest' | 'fail';

/** What to do about `not_authenticated`: `sent` is what the call carried, `stored` what is kept by now. */
export function decideAfterRefusal(sent: TokenRecord | null, stored: TokenRecord | null, isReplay: boolean, now: number): AfterRefusal {
  // Whoever is signed in by now, it is not the one who called: their call is not to be made in another's name.
  if (!sent || !stored || !isSameSession(sent, stored)) return 'give_up';
  if (isReplay) return stored.accessToken === sent.accessToken ? 'rest' : 'give_up';
  if (stored.accessToken !== sent.accessToken) return 'replay';
  if (!isResting(stored, now)) return 'renew';
  return stored.rest?.useless ? 'give_up' : 'fail';
}

/** An exchange that gave no tokens. `lost` when there was no answer of the server, which may have rotated all the same. */
export type FailedExchange = { kind: 'refused'; reason: RefusalReason; retryAfterSeconds?: number | undefined } | { kind: 'lost' };

export type AfterExchange = { do: 'sign_out' } | { do: 'look_again'; after: number } | { do: 'rest'; for: number };

/** `elapsed` counts from the first exchange of this token; `attempt` from 0. */
export function decideAfterExchange(answer: FailedExchange, attempt: number, elapsed: number): AfterExchange {
  const reason = answer.kind === 'refused' ? answer.reason : 'lost';
  if (reason === 'refresh_token_reused' || reason === 'not_authenticated') return { do: 'sign_out' };
  const delay = retryDelays[attempt];
  // A late answer of ours is `overloaded` as well: it may have rotated. A conflict says that somebody else has.
  const mayHaveRotated = reason === 'lost' || reason === 'overloaded' || reason === 'internal' || reason === 'refresh_conflict';
  if (mayHaveRotated && delay !== undefined && elapsed + delay <= retryFor) return { do: 'look_again', after: delay };
  return { do: 'rest', for: ((answer.kind === 'refused' && answer.retryAfterSeconds) || 0) * 1000 };
}

/** The rest after one failure more: longer each time, spread out so that devices do not come back together. */
export function restAfter(record: TokenRecord, now: number, atLeast: number, random: number): NonNullable<TokenRecord['rest']> {
  const failures = (record.rest?.failures ?? 0) + 1;
  const backoff = shortestRest * 2 ** Math.min(failures - 1, 10) * (0.75 + random / 2);
  return { failures, until: now + Math.min(Math.max(backoff, atLeast), longestRest) };
}
