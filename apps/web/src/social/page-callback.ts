import type { authClient } from '../auth-client.ts';

/** What a provider sent back, as the server wants to be told. */
export type Callback = Parameters<typeof authClient.social.finish.mutate>[0];

const path = /^\/social\/callback\/([a-z0-9-]+)\/?$/;

/**
 * The answer of a provider in the address of the callback page, or null where there is none. It is taken out of the address at
 * once: a code belongs neither in the history nor in a copied link.
 */
export function takeCallback(location: Pick<Location, 'pathname' | 'search'>, history: Pick<History, 'replaceState'>): Callback | null {
  const provider = path.exec(location.pathname)?.[1];
  if (provider === undefined || location.search === '') return null;
  const sent = new URLSearchParams(location.search);
  history.replaceState(null, '', location.pathname);
  const [state, iss, code, error] = ['state', 'iss', 'code', 'error'].map((name) => sent.get(name) || null);
  if (!state) return null;
  const common = { provider, state, ...(iss && { iss }) };
  if (code) return { ...common, code };
  return error ? { ...common, error: error.slice(0, 256) } : null;
}
