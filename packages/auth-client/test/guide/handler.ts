import { refusalOf } from '@latchkey/auth-client';
import type { RequestSession, ServerAuth } from '@latchkey/auth-client/server';

/** Handlers of a server that answers `Request` with `Response`: Next.js, Hono, Deno, Bun, workers. */
export function createHandlers(auth: ServerAuth) {
  return {
    /** Who asks; 503 where that cannot be found out, because nobody was refused. */
    async GET(request: Request): Promise<Response> {
      let session: RequestSession | null;
      try {
        session = await auth.sessionFromRequest(request);
      } catch {
        return new Response('Try again.', { status: 503, headers: { 'retry-after': '1' } });
      }
      return session ? Response.json({ userId: session.userId }) : new Response('Log in first.', { status: 401 });
    },

    /** Changes the password of whoever asks, in their name, and hands on the cookie that takes the place of theirs. */
    async POST(request: Request): Promise<Response> {
      const { client, cookies } = auth.clientFor(request);
      const body = (await request.json()) as { currentPassword: string; newPassword: string };
      try {
        await client.password.change.mutate(body);
      } catch (error) {
        const refusal = refusalOf(error, 'password.change');
        if (!refusal) throw error;
        return Response.json({ reason: refusal.reason }, { status: refusal.httpStatus });
      }
      const headers = new Headers();
      for (const cookie of cookies) headers.append('set-cookie', cookie);
      return Response.json({ status: 'changed' }, { headers });
    },
  };
}
