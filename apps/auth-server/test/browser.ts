import { setTimeout as pause } from 'node:timers/promises';
import superjson from 'superjson';

/** A call's answer, whole: what a stranger with curl would see. */
export type Answer<T = unknown> = { status: number; headers: Headers; data: T; error: RefusedData | null; text: string };

export type RefusedData = {
  reason: string;
  requestId: string;
  retryAfterSeconds?: number;
  fields?: { path: string; code: string; message: string }[];
};

/** A client with a cookie jar, outside of all our packages. */
export type Browser = {
  cookies: Map<string, string>;
  call<T = unknown>(path: string, input?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  query<T = unknown>(path: string, input?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** The `#token=` of the newest mail of a page path to an address, once it has arrived. */
  mailedToken(page: string, to: string): Promise<string>;
  mails(): Promise<{ id: string; to: string; subject: string; text: string; html: string; sentAt: string }[]>;
};

export function openBrowser(url: string, options: { origin?: string; headers?: Record<string, string> } = {}): Browser {
  const cookies = new Map<string, string>();
  const send = async <T>(target: string, init: RequestInit & { headers: Record<string, string> }): Promise<Answer<T>> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, ...(cookie && { cookie }), ...init.headers };
    const response = await fetch(`${url}/trpc/${target}`, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    const text = await response.text();
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    return {
      status: response.status,
      headers: response.headers,
      text,
      data: (body.result ? superjson.deserialize(body.result.data) : null) as T,
      error: body.error ? (superjson.deserialize(body.error) as { data: RefusedData }).data : null,
    };
  };
  const browser: Browser = {
    cookies,
    call: (path, input, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: options.origin ?? url, ...headers },
        ...(input !== undefined && { body: JSON.stringify(superjson.serialize(input)) }),
      }),
    query: (path, input, headers = {}) =>
      send(input === undefined ? path : `${path}?input=${encodeURIComponent(JSON.stringify(superjson.serialize(input)))}`, { headers }),
    mails: async () => (await fetch(`${url}/dev/mailbox.json`)).json() as ReturnType<Browser['mails']>,
    async mailedToken(page, to) {
      for (let tries = 0; tries < 400; tries += 1) {
        const mail = (await browser.mails()).find((candidate) => candidate.to === to && candidate.text.includes(`/${page}#token=`));
        const token = mail && new RegExp(`/${page}#token=([\\w-]+)`).exec(mail.text)?.[1];
        if (token) return token;
        await pause(25);
      }
      throw new Error(`no mail with /${page} came for ${to}`);
    },
  };
  return browser;
}
