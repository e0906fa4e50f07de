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
  /** The same under the current key; null when it is already, or cannot be opened. */
  reseal(label: KeyLabel, sealed: string, context: string): string | null;
};

type Envelope = { keyId: string; iv: Buffer; body: Buffer; tag: Buffer };

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

  const seal = (label: KeyLabel, plain: string, context: string): string => {
    const iv = random.bytes(12);
    const cipher = createCipheriv('aes-256-gcm', currentKey(label), iv);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return writeEnvelope({ keyId: currentId, iv, body, tag: cipher.getAuthTag() });
  };
  const open = (label: KeyLabel, sealed: string, context: string): string | null => {
    const envelope = readEnvelope(sealed);
    const secret = envelope && key(label, envelope.keyId);
    if (!secret) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, envelope.iv, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(envelope.tag);
      return Buffer.concat([decipher.update(envelope.body), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  };

  return {
    currentId,
    ids: [...byId.keys()],
    key,
    mac: (label, message) => createHmac('sha256', currentKey(label)).update(message).digest(),
    seal,
    open,
    reseal(label, sealed, context) {
      if (readEnvelope(sealed)?.keyId === currentId) return null;
      const plain = open(label, sealed, context);
      return plain === null ? null : seal(label, plain, context);
    },
  };
}

function writeEnvelope({ keyId, iv, body, tag }: Envelope): string {
  return ['s1', keyId, ...[iv, body, tag].map((bytes) => bytes.toString('base64url'))].join('$');
}

/** Exactly what `writeEnvelope` writes; any other spelling of the same bytes is null. */
function readEnvelope(text: string): Envelope | null {
  const [version, keyId, ...parts] = text.split('$');
  const [iv, body, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== 's1' || !keyId || iv?.length !== 12 || !body || tag?.length !== 16) return null;
  const envelope = { keyId, iv, body, tag };
  return writeEnvelope(envelope) === text ? envelope : null;
}
