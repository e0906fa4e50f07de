import type { Browser } from './browser.ts';

export type DemoChoice = { person: string; name?: string; email?: string; verified?: string };
export type SocialFinish = { provider: string; state: string; iss?: string; code?: string; error?: string };

/** Goes to the demo provider as a browser would, chooses somebody on its page, and comes back with its answer. */
export async function visitDemoProvider(
  authorizationUrl: string,
  choice: DemoChoice,
): Promise<{ answer: SocialFinish; page: string; headers: Headers }> {
  const jar = new Map<string, string>();
  const go = async (url: string | URL, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    return { response, next: new URL(response.headers.get('location') ?? '/nowhere', url) };
  };
  const { next: interaction } = await go(authorizationUrl);
  const { response: shown } = await go(interaction);
  const page = await shown.text();
  const action = new URL(/<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? '', interaction);
  const { next: resume } = await go(action, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(choice),
  });
  const { next: callback } = await go(resume);
  const { state = '', iss = '', code, error = '' } = Object.fromEntries(callback.searchParams);
  return { answer: { provider: 'demo', state, iss, ...(code ? { code } : { error }) }, page, headers: shown.headers };
}

/** Out to the demo provider, and back. */
export async function comeFromDemo<T>(browser: Browser, choice: DemoChoice, intent: 'login' | 'connect' = 'login') {
  const { data } = await browser.call<{ authorizationUrl: string }>('social.start', { provider: 'demo', intent });
  const visit = await visitDemoProvider(data.authorizationUrl, choice);
  return { ...visit, finished: await browser.call<T>('social.finish', visit.answer) };
}
