import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Random, RootSecret } from '../host.ts';

/** What a derived key is for. One label, one use: what is sealed for one purpose cannot be opened for another. */
export type KeyLabel = 'pepper' | 'refresh' | 'limit' | 'mail' | 'signing-key' | 'fingerprint';

/** Keys drawn from the root secrets by HKDF-SHA-256 (RFC 5869). The first secret is used for all that is new. */
export type DerivedKeys = {
  currentId: string;
  ids: string[];
  /** Null when the secret of that id is not configured any more. */
  key(label: KeyLabel, id: string): Buffer | null;
  /** HMAC-SHA-256 under the current key. */
  mac(label: KeyLabel, message: string | Buffer): Buffer;
  /** AES-256-GCM under the current key; `context` must be the same at opening. */
  seal(label: KeyLabel, plain: string, context: string): string;
  /** Null when it was not sealed by us for this label and context. */
  open(label: KeyLabel, sealed: string, context: string): string | null;
};

export function deriveKeys(secrets: [RootSecret, ...RootSecret[]], random: Random): DerivedKeys {
  const byId = new Map(secrets.map((secret) => [secret.id, secret.secret]));
  const derived = new Map<string, Buffer>();
  const currentId = secrets[0].id;

  const key = (label: KeyLabel, id: string): Buffer | null => {
    const name = `${label}\0${id}`;
    const known = derived.get(name);
    if (known) return known;
    const secret = byId.get(id);
    if (secret === undefined) return null;
    const made = Buffer.from(hkdfSync('sha256', secret, 'latchkey', label, 32));
    derived.set(name, made);
    return made;
  };
  const currentKey = (label: KeyLabel): Buffer => {
    const found = key(label, currentId);
    if (!found) throw new Error('the current root secret is always configured');
    return found;
  };

  return {
    currentId,
    ids: [...byId.keys()],
    key,
    mac: (label, message) => createHmac('sha256', currentKey(label)).update(message).digest(),
    seal(label, plain, context) {
      const iv = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', currentKey(label), iv);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return ['s1', currentId, iv.toString('base64url'), body.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('$');
    },
    open(label, sealed, context) {
      const [version, id, iv, body, tag, ...rest] = sealed.split('$');
      if (version !== 's1' || !id || !iv || body === undefined || !tag || rest.length > 0) return null;
      const secret = key(label, id);
      if (!secret) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(iv, 'base64url'), { authTagLength: 16 });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(Buffer.from(tag, 'base64url'));
        return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
