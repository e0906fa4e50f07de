import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { end, runningOwner } from '../apps/auth-server/test/postgres-owner.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a superuser of the PostgreSQL server all tests share; each test file makes its own database there. */
    databaseUrl: string;
  }
}

/**
 * One PostgreSQL for the whole run: the one named in TEST_DATABASE_URL, or one of our own in a fresh directory, of a process that
 * stops it also when this one is killed.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('databaseUrl', given);
    return undefined;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const owner = await runningOwner(dataDir);
  project.provide('databaseUrl', owner.url);
  return async () => {
    await end(owner.process, 'SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  };
}
