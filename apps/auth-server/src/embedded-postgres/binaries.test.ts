import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, freshDirectory } from '../../test/postgres-owner.ts';
import { findBinaries, runnableBinaries } from './binaries.ts';
import { serverAccount } from './server-account.ts';

afterEach(cleanUp);

const account = serverAccount('/no/cluster/yet');

/** Where the package lies: this process itself needs no copy. */
const installed = join(dirname(findBinaries(null).postgres), '..');

/** A second installation of the programs, in a directory that only its owner may enter. */
function privateInstallation(): string {
  const home = join(freshDirectory(), 'private');
  mkdirSync(home, { mode: 0o700 });
  cpSync(installed, join(home, 'native'), { recursive: true, verbatimSymlinks: true });
  cpSync(join(installed, '..', 'package.json'), join(home, 'package.json'));
  return join(home, 'native');
}

test('programs in a private directory are used where they are, or by root from a copy its account can run', () => {
  const tree = privateInstallation();
  const copies = join(freshDirectory(), 'copies');
  chmodSync(dirname(copies), 0o755);
  const first = runnableBinaries(tree, account, copies);
  const second = runnableBinaries(tree, account, copies);
  expect(second).toEqual(first);
  if (account) expect(readdirSync(copies)).toHaveLength(1);
  expect(first.postgres.startsWith(account ? copies : tree)).toBe(true);
});

test('an installation without its install script is mended', () => {
  const tree = privateInstallation();
  chmodSync(dirname(tree), 0o755);
  chmodSync(join(dirname(tree), '..'), 0o755);
  const links: { target: string }[] = JSON.parse(readFileSync(join(tree, 'pg-symlinks.json'), 'utf8'));
  expect(links.length).toBeGreaterThan(0);
  for (const { target } of links) rmSync(join(tree, '..', target), { force: true });
  chmodSync(join(tree, 'bin', 'postgres'), 0o644);
  expect(runnableBinaries(tree, account, '/nowhere').postgres.startsWith(tree)).toBe(true);
});

test('programs that do not run here are refused with the way out', () => {
  const tree = privateInstallation();
  rmSync(join(tree, 'lib'), { recursive: true });
  const copies = join(freshDirectory(), 'copies');
  expect(() => runnableBinaries(tree, account, copies)).toThrow(/does not run on this machine.*Set DATABASE_URL/);
});
