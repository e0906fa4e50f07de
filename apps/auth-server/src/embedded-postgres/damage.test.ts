import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, freshDirectory, query } from '../../test/postgres-owner.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../embedded-postgres.ts';

afterEach(cleanUp);

/** Every file below a directory with its content's hash, but the log, which each start begins anew. */
function contentOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => name !== 'postgres.log' && statSync(join(directory, name)).isFile());
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  return Object.fromEntries(files.map((name) => [name, hash(name)]));
}

async function stoppedDatabase(): Promise<{ dataDir: string; cluster: string }> {
  const dataDir = freshDirectory();
  const server = await startEmbeddedPostgres(dataDir);
  await query(server.url, 'create table kept as select 7 as value');
  await server.stop();
  return { dataDir, cluster: join(dataDir, 'postgres', 'cluster') };
}

const damages = [
  { what: 'PG_VERSION is garbage', damage: (c: string) => writeFileSync(join(c, 'PG_VERSION'), 'x\0y'), says: /is damaged/ },
  { what: 'PG_VERSION is missing', damage: (c: string) => rmSync(join(c, 'PG_VERSION')), says: /is damaged/ },
  { what: 'the password is missing', damage: (c: string) => rmSync(join(c, '..', 'password')), says: /is damaged/ },
  {
    what: 'another major version made it',
    damage: (c: string) => writeFileSync(join(c, 'PG_VERSION'), '17\n'),
    says: /was made by PostgreSQL 17, and the built-in one is PostgreSQL 18/,
  },
  {
    what: 'the control file is missing',
    damage: (c: string) => rmSync(join(c, 'global', 'pg_control')),
    says: /did not start.*Nothing was deleted.*could not find the database system/s,
  },
  {
    what: 'the control file is garbage',
    damage: (c: string) => writeFileSync(join(c, 'global', 'pg_control'), Buffer.alloc(8192, 7)),
    says: /did not start.*(FATAL|PANIC)/s,
  },
  {
    what: 'the configuration is garbage',
    damage: (c: string) => appendFileSync(join(c, 'postgresql.conf'), '\n= garbage\n'),
    says: /did not start.*syntax error/s,
  },
];

test.each(damages)('a directory is refused and left as it was when $what', async ({ damage, says }) => {
  const { dataDir, cluster } = await stoppedDatabase();
  damage(cluster);
  const before = contentOf(dataDir);
  const start = startEmbeddedPostgres(dataDir);
  await expect(start).rejects.toThrow(EmbeddedPostgresError);
  await expect(start).rejects.toThrow(says);
  expect(contentOf(dataDir)).toEqual(before);
});

test('a refused directory is free again: once mended it starts with its rows', async () => {
  const { dataDir, cluster } = await stoppedDatabase();
  const version = readFileSync(join(cluster, 'PG_VERSION'));
  writeFileSync(join(cluster, 'PG_VERSION'), 'garbage');
  await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow(/is damaged/);
  writeFileSync(join(cluster, 'PG_VERSION'), version);
  const server = await startEmbeddedPostgres(dataDir);
  expect(await query(server.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await server.stop();
});
