import { rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockByFile } from './owner-file.ts';
import { type LockAttempt, listens, ownerAt, tellOwner } from './owner-socket.ts';

/**
 * Makes this process the one owner of a directory, on this machine by a name and, where containers may share the directory,
 * by a file in it as well.
 */
export async function lockDataDirectory(dataDir: string): Promise<LockAttempt> {
  const named = await lockByName(dataDir);
  if ('heldBy' in named || process.platform !== 'linux') return named;
  try {
    const filed = await lockByFile(dataDir);
    if ('heldBy' in filed) await named.release();
    if ('heldBy' in filed) return filed;
    return {
      async release() {
        await filed.release();
        await named.release();
      },
    };
  } catch (error) {
    await named.release();
    throw error;
  }
}

/**
 * The lock is a listening local socket, so the system drops it with its process however that ends: there is no stale lock to
 * break. It is named after the directory's identity on disk, which is the same through every symbolic link.
 */
async function lockByName(dataDir: string): Promise<LockAttempt> {
  const path = socketPath(dataDir);
  const server = createServer(tellOwner);
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (await listens(server, path)) {
      server.unref();
      return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
    const owner = await ownerAt(path);
    if (owner !== null) return { heldBy: owner };
    // Nobody answers. Where sockets are files, one of a killed process stays behind; elsewhere its owner just left.
    if (socketIsFile) rmSync(path, { force: true });
  }
  return { heldBy: 'unknown' };
}

const socketIsFile = process.platform !== 'linux' && process.platform !== 'win32';

function socketPath(dataDir: string): string {
  const { dev, ino } = statSync(dataDir, { bigint: true });
  const name = `latchkey-data-${dev}-${ino}`;
  // Linux has names without files, which need no cleaning up and cannot be taken over.
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}
