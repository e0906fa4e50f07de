import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootSecret } from '@latchkey/user-core';

/** `secret` alone, or `id:secret,id:secret` with the newest first. */
export function parseSecrets(text: string): RootSecret[] {
  return text.split(',').map((part) => {
    const [, id, secret] = /^([A-Za-z0-9_-]{1,32}):(.+)$/s.exec(part.trim()) ?? [];
    return id !== undefined && secret !== undefined ? { id, secret } : { id: 'default', secret: part.trim() };
  });
}

/** What is wrong with them, by their places in the list: what was meant as an id may be half of a secret. */
export function secretProblems(secrets: RootSecret[]): string[] {
  const problems = secrets.flatMap(({ secret }, index) => {
    const name = secrets.length === 1 ? 'SECRET' : `SECRET number ${index + 1}`;
    if (Buffer.byteLength(secret) < 32) return [`${name} must be at least 32 bytes long`];
    return new Set(secret).size < 8 ? [`${name} repeats itself: use a random one`] : [];
  });
  if (new Set(secrets.map(({ id }) => id)).size < secrets.length) {
    problems.push('SECRET must give each secret an id of its own: id:secret,id:secret');
  }
  return problems;
}

/** Made once and kept in the data directory, readable by its owner only. Null when what is kept there is damaged. */
export function generatedSecret(dataDir: string): string | null {
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64url');
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
    // Whole or not at all, and the first of several processes decides: a link to an existing name fails.
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(draft);
    }
  }
  const secret = readFileSync(file, 'utf8').trim();
  return Buffer.byteLength(secret) < 32 ? null : secret;
}
