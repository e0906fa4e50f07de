/** `fetch` as the tabs of one browser have it for a site: they share its cookies, and every request says where it comes from. */
export type BrowserFetch = typeof globalThis.fetch & { cookies: Map<string, string> };

export function browserFetch(origin: string): BrowserFetch {
  const cookies = new Map<string, string>();
  const fetch = async (input: Parameters<typeof globalThis.fetch>[0], init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('sec-fetch-site', 'same-origin');
    if (init.method === 'POST') headers.set('origin', origin);
    if (init.credentials !== 'omit' && cookies.size > 0) headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '));
    const response = await globalThis.fetch(input, { ...init, headers });
    for (const line of init.credentials === 'omit' ? [] : response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    return response;
  };
  return Object.assign(fetch, { cookies });
}
