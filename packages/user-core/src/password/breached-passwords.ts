import { createHash } from 'node:crypto';
import type { Host } from '../host.ts';
import { normalizedPassword } from './password-rules.ts';

const prefixLength = 5;
const waitMilliseconds = 1000;

/**
 * Whether a password is known from breaches elsewhere (ASVS 5.0 6.2.12). Only the first 20 bits of its SHA-1 leave this
 * process (k-anonymity). Who does not answer within a second, or answers nonsense, stops nobody.
 */
export async function isBreached(host: Pick<Host, 'breachedPasswords' | 'log'>, password: string): Promise<boolean> {
  const { breachedPasswords } = host;
  if (!breachedPasswords) return false;
  const digest = createHash('sha1').update(normalizedPassword(password)).digest('hex').toUpperCase();
  const signal = AbortSignal.timeout(waitMilliseconds);
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  try {
    // Asked within the race: also one that throws at once leaves nobody waiting for `late`, which would end the process.
    const asked = Promise.resolve().then(() => breachedPasswords(digest.slice(0, prefixLength), signal));
    const listed = await Promise.race([asked, late]);
    return listed.split('\n').some((line) => isListed(line, digest.slice(prefixLength)));
  } catch (error) {
    host.log.warn({ err: error }, 'known breaches could not be asked');
    return false;
  }
}

/** A count of zero is padding: there so that the length of an answer tells nothing. */
function isListed(line: string, suffix: string): boolean {
  const [listed, count] = line.trim().split(':');
  return listed?.toUpperCase() === suffix && Number(count) > 0;
}
