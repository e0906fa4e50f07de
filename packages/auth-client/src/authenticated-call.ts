import { type Operation, TRPCClientError } from '@trpc/client';
import type { Current, Tokens } from '#api';
import type { IdentityWatch } from './identity.ts';
import { changesKnownAccount, endsSession, isOurs, needOf, replacesPair } from './procedure-rules.ts';
import { refusalOf } from './refusal-of.ts';
import type { TokenKeeper } from './tokens/token-keeper.ts';
import { identityOf, isSameSession, type TokenRecord } from './tokens/token-record.ts';
import type { Envelope, Transport } from './transport.ts';

export type AuthCallParts = { transport: Transport; identity: IdentityWatch; keeper: TokenKeeper | null };

/**
 * Carries every call out with what it needs, keeps the tokens that come back before anybody sees them, and notices who is
 * signed in.
 */
export function authenticatedCall(parts: AuthCallParts): (operation: Operation) => Promise<Envelope> {
  return parts.keeper ? withTokens({ ...parts, keeper: parts.keeper }) : withCookie(parts);
}

function withCookie({ transport, identity }: AuthCallParts): (operation: Operation) => Promise<Envelope> {
  return async (operation) => {
    const epoch = identity.epoch();
    try {
      const envelope = await transport(operation, null);
      notice(identity, operation.path, dataOf(envelope), epoch);
      return envelope;
    } catch (error) {
      const isOver = refusalOf(error)?.reason === 'not_authenticated' && needOf(operation.path) !== 'no';
      if (isOver && identity.epoch() === epoch) identity.observe(null, null);
      throw error;
    }
  };
}

function withTokens({ transport, identity, keeper }: AuthCallParts & { keeper: TokenKeeper }): (operation: Operation) => Promise<Envelope> {
  /** One try, and its tokens in the store before anybody has its answer. */
  const send = async (operation: Operation, sent: TokenRecord | null): Promise<Envelope> => {
    const envelope = await transport(operation, sent?.accessToken ?? null);
    await keepTokens(keeper, operation, dataOf(envelope), sent);
    return envelope;
  };
  const sendWithReplay = async (operation: Operation, first: TokenRecord | null): Promise<Envelope> => {
    const inTurn = replacesPair(operation.path) ? keeper.inTurn : <T>(work: () => Promise<T>) => work();
    let sent = first;
    for (let isReplay = false; ; isReplay = true) {
      const [envelope, error] = await inTurn(() => send(operation, sent)).then(
        (answer) => [answer, null] as const,
        (refused: unknown) => [null, refused] as const,
      );
      const isRefused = envelope ? isNobody(operation, envelope, sent, isReplay) : isNotAuthenticated(operation, error);
      const renewed = isRefused ? await orNotRenewed(keeper.afterRefusal(sent, isReplay)) : null;
      if (renewed) sent = renewed;
      else if (envelope) return envelope;
      else throw error;
    }
  };

  return async (operation) => {
    const record = await orNotRenewed(keeper.beforeCall(needOf(operation.path)));
    identity.observe(identityOf(record), record === null ? null : undefined);
    const epoch = identity.epoch();
    try {
      const envelope = await sendWithReplay(operation, record);
      if (endsSession(operation.path)) await keeper.forget(record);
      notice(identity, operation.path, dataOf(envelope), epoch);
      return envelope;
    } catch (error) {
      if (operation.path === 'auth.logout') {
        // What the person wants on this device does not depend on whether the server could be told.
        await keeper.forget(record);
        identity.act(null, null);
      }
      throw error;
    }
  };
}

/** The server takes a token that is over for none: an answer of nobody is no answer while we hold one. */
function isNobody(operation: Operation, envelope: Envelope, sent: TokenRecord | null, isReplay: boolean): boolean {
  return operation.path === 'auth.session' && sent !== null && !isReplay && dataOf(envelope) === null;
}

function isNotAuthenticated(operation: Operation, error: unknown): boolean {
  return needOf(operation.path) !== 'no' && refusalOf(error)?.reason === 'not_authenticated';
}

async function keepTokens(keeper: TokenKeeper, { path, input }: Operation, data: Outcome, sent: TokenRecord | null): Promise<void> {
  if (!isOurs(path)) return;
  if (path === 'auth.refresh') {
    // Somebody renews by hand: the successor takes the place of what was exchanged, and of nothing else.
    const { refreshToken } = input as { refreshToken: string };
    await keeper.keep(data as unknown as Tokens, (present) => present?.refreshToken === refreshToken);
  } else if (data?.tokens) {
    await keeper.keep(data.tokens, (present) => !replacesPair(path) || present === null || isSameSession(present, sent));
  }
}

type Outcome = Partial<Current<unknown> & { status: string; tokens: Tokens | null }> | null | undefined;

function dataOf(envelope: Envelope): Outcome {
  return ('data' in envelope.result ? envelope.result.data : null) as Outcome;
}

/** What an answer says about who is signed in, unless it is older than what is known. */
function notice(identity: IdentityWatch, path: string, data: Outcome, epoch: number): void {
  if (!isOurs(path)) return;
  const current = data?.user && data.session ? { user: data.user, session: data.session } : null;
  if (data?.status === 'authenticated' && current) identity.act(idsOf(current), current);
  else if (endsSession(path)) identity.act(null, null);
  else if (path === 'auth.session' && identity.epoch() === epoch) identity.observe(current && idsOf(current), current);
  else if (changesKnownAccount(path)) identity.accountChanged();
}

function idsOf({ user, session }: Current<unknown>) {
  return { userId: user.id, sessionId: session.id };
}

/** Says what failed in words of the call that waited for it: the reasons of a renewal are not among its own. */
export async function orNotRenewed<T>(renewal: Promise<T>): Promise<T> {
  try {
    return await renewal;
  } catch (error) {
    const message = 'The session could not be renewed. Nobody was signed out; it is tried again with the next calls.';
    throw new TRPCClientError(message, error instanceof Error ? { cause: error } : {});
  }
}
