import { Refusal } from '../refusal.ts';
import { ProviderFailure } from './provider-failure.ts';

export type ProviderRequest = {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: URLSearchParams;
};

/** How requests to one provider are bounded: `signal` ends all that belong to one call of ours. */
export type AskOptions = { signal: AbortSignal; allowPlainHttp: boolean };

/** For everything that one call of ours asks of a provider, together. */
export const providerMilliseconds = 5_000;
const maxBytes = 256 * 1024;
/** A provider that hangs takes this many places and no more: logins by others keep theirs. */
const maxAtOnce = 100;
const underWay = new Map<string, number>();

/**
 * The one door to providers (R-SOC-14): addresses that the configuration fixed, TLS, no redirect followed, 5 seconds in
 * all, 256 KiB after decompression. Answers the status and the JSON, or throws a `ProviderFailure`.
 */
export async function askProvider(url: string, request: ProviderRequest, options: AskOptions): Promise<{ status: number; json: unknown }> {
  if (!isAllowed(url, options.allowPlainHttp)) throw new ProviderFailure('its address is not https');
  const { host } = new URL(url);
  const before = underWay.get(host) ?? 0;
  if (before >= maxAtOnce) throw new Refusal('overloaded', { retryAfterSeconds: 2 });
  underWay.set(host, before + 1);
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      // GitHub and Discord refuse requests of nobody.
      headers: { accept: 'application/json', 'user-agent': 'latchkey', ...request.headers },
      ...(request.body && { body: request.body }),
      redirect: 'manual',
      signal: options.signal,
    });
    if (response.status >= 300 && response.status < 400) throw new ProviderFailure('it redirected');
    return { status: response.status, json: parsed(await readBounded(response)) };
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    throw new ProviderFailure(options.signal.aborted ? 'it took too long' : 'it could not be reached');
  } finally {
    const left = (underWay.get(host) ?? 1) - 1;
    if (left > 0) underWay.set(host, left);
    else underWay.delete(host);
  }
}

/** Rejects when `signal` ends first: for waiting on what cannot be aborted itself, such as a shared download. */
export async function beforeEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(new ProviderFailure('it took too long'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

export function isAllowed(url: string, allowPlainHttp: boolean): boolean {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  return protocol === 'https:' || (allowPlainHttp && protocol === 'http:');
}

/** Stops reading, and the connection with it, as soon as there is too much. */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new ProviderFailure('it answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderFailure('it did not answer in JSON');
  }
}
