import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, freshDirectory } from '../test/postgres-owner.ts';
import { lockByFile } from './owner-file.ts';

afterEach(cleanUp);

test.runIf(process.platform === 'linux')(
  'a directory is held by a file in it, whatever else two processes have in common (R-STO-07)',
  async () => {
    // Longer than the name of a socket may be.
    const directory = join(freshDirectory(), 'a'.repeat(100), 'b'.repeat(100));
    mkdirSync(directory, { recursive: true });
    const first = await lockByFile(directory);
    if (!('release' in first)) throw new Error('nobody else was there');
    expect(await lockByFile(directory)).toEqual({ heldBy: String(process.pid) });
    // All that stays behind when it is killed.
    expect(readdirSync(directory)).toEqual(['owner.sock']);
    await first.release();
    expect(readdirSync(directory)).toEqual([]);
    const second = await lockByFile(directory);
    expect(second).toHaveProperty('release');
    if ('release' in second) await second.release();
  },
);

test.runIf(process.platform === 'linux')(
  'the file of a killed owner is in nobody’s way, and of many that find it one becomes the owner (R-STO-07)',
  async () => {
    const directory = freshDirectory();
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(directory, 'killed.sock'), resolve));
    renameSync(join(directory, 'killed.sock'), join(directory, 'owner.sock'));
    await new Promise((resolve) => dead.close(resolve));
    expect(existsSync(join(directory, 'owner.sock'))).toBe(true);

    const attempts = await Promise.all(Array.from({ length: 8 }, () => lockByFile(directory)));
    const owners = attempts.filter((attempt) => 'release' in attempt);
    expect(owners).toHaveLength(1);
    expect(await lockByFile(directory)).toHaveProperty('heldBy');
    for (const owner of owners) if ('release' in owner) await owner.release();
    expect(readdirSync(directory)).toEqual([]);
  },
);
