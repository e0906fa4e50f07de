/**
 * The token a mailed link carries behind `#token=`, or null. It is taken out of the address at once, so that it stays
 * neither in the history nor in a copied link.
 */
export function takePageToken(location: Pick<Location, 'hash' | 'pathname'>, history: Pick<History, 'replaceState'>): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname);
  return token === '' ? null : token;
}
