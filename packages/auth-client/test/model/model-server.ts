import type { Tokens } from '@latchkey/auth-router/api';
import { decideRefresh } from '../../../user-core/src/session/refresh-decision.ts';
import type { RefusalReason } from '../../src/auth-client.ts';

type SessionRow = Parameters<typeof decideRefresh>[0];
export type ModelSession = Pick<SessionRow, 'endedAt' | 'endReason' | 'refreshCounter' | 'refreshedAt'> & { id: string; userId: string };

const graceSeconds = 10;
const accessSeconds = 300;

/** The server's side of the protocol: its own decision about old tokens, over sessions in memory. */
export type ModelServer = {
  sessions: Map<string, ModelSession>;
  /** How often a generation was replaced. */
  rotations: number;
  /** How far behind the living generation a presented token ever was. */
  furthestBehind: number;
  logIn(userId: string): Tokens;
  end(sessionId: string): void;
  exchange(refreshToken: string): { tokens: Tokens } | { reason: RefusalReason };
  accepts(accessToken: string): boolean;
};

export function modelServer(now: () => number): ModelServer {
  const sessions = new Map<string, ModelSession>();
  let issued = 0;

  const tokensOf = (session: ModelSession): Tokens => {
    issued += 1;
    const iat = Math.floor(now() / 1000);
    const claims = { sub: session.userId, sid: session.id, iat, exp: iat + accessSeconds, jti: issued };
    return {
      accessToken: `head.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.signature`,
      accessTokenExpiresAt: new Date((iat + accessSeconds) * 1000),
      refreshToken: `${session.id} ${session.refreshCounter}`,
      refreshTokenExpiresAt: new Date(now() + 14 * 86_400_000),
    };
  };
  const rowOf = (session: ModelSession) => {
    const forever = new Date(8.64e15);
    return { ...session, expiresAt: forever, idleExpiresAt: forever, tokenHash: null, refreshFloor: 0 } as SessionRow;
  };

  const server: ModelServer = {
    sessions,
    rotations: 0,
    furthestBehind: 0,
    logIn(userId) {
      const session = { id: `s${sessions.size}`, userId, endedAt: null, endReason: null, refreshCounter: 0, refreshedAt: null };
      sessions.set(session.id, session);
      return tokensOf(session);
    },
    end(sessionId) {
      const session = sessions.get(sessionId);
      if (session && !session.endedAt) Object.assign(session, { endedAt: new Date(now()), endReason: 'logged_out' });
    },
    exchange(refreshToken) {
      const [sessionId = '', text] = refreshToken.split(' ');
      const session = sessions.get(sessionId);
      if (!session) return { reason: 'not_authenticated' };
      const counter = Number(text);
      server.furthestBehind = Math.max(server.furthestBehind, session.refreshCounter - counter);
      if (!session.endedAt && counter === session.refreshCounter) {
        server.rotations += 1;
        Object.assign(session, { refreshCounter: counter + 1, refreshedAt: new Date(now()) });
        return { tokens: tokensOf(session) };
      }
      switch (decideRefresh(rowOf(session), counter, new Date(now()), graceSeconds)) {
        case 'repeat_successor':
          return { tokens: tokensOf(session) };
        case 'reuse':
          Object.assign(session, { endedAt: new Date(now()), endReason: 'refresh_reused' });
          return { reason: 'refresh_token_reused' };
        case 'already_reused':
          return { reason: 'refresh_token_reused' };
        case 'dead':
          return { reason: 'not_authenticated' };
      }
    },
    accepts(accessToken) {
      const { sid, exp } = JSON.parse(atob(accessToken.split('.')[1] ?? '')) as { sid: string; exp: number };
      const session = sessions.get(sid);
      return session !== undefined && session.endedAt === null && exp * 1000 > now();
    },
  };
  return server;
}
