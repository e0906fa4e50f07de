import { randomUUID } from 'node:crypto';
import { closeSync, constants, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type LockAttempt, listens, ownerAt, tellOwner } from './owner-socket.ts';

/** Longer than the few calls between a look at a file and its removal. */
const settlingMilliseconds = 100;

/** Where sockets cannot be files: some shared folders of virtual machines. */
const unsupported = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'EPERM']);

/**
 * Holds a directory by a listening socket that is a file in it. Containers that share the directory and nothing else find each
 * other by it: it needs neither a common network nor common process ids. A killed owner leaves a file that nobody
 * answers at, which is taken out of the way; of several who try, the one whose file bears the name is the owner.
 */
export async function lockByFile(directory: string): Promise<LockAttempt> {
  // Through its descriptor: the path of a socket is at most 107 bytes long.
  const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const server = createServer(tellOwner);
  const draft = `owner-${randomUUID()}.sock`;
  const at = (name: string) => `/proc/self/fd/${handle}/${name}`;
  let own: bigint | null = null;
  const release = async (): Promise<void> => {
    if (inodeAt(at('owner.sock')) === own) rmSync(at('owner.sock'), { force: true });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    closeSync(handle);
  };
  try {
    await listens(server, at(draft));
  } catch (error) {
    closeSync(handle);
    if (unsupported.has((error as NodeJS.ErrnoException).code ?? '')) return { release: async () => {} };
    throw error;
  }
  server.unref();
  own = inodeAt(at(draft));
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    if (takesName(at(draft), at('owner.sock'))) {
      // Whoever was about to remove a dead file may have taken ours for it, and put it back too late.
      await pause(settlingMilliseconds);
      if (inodeAt(at('owner.sock')) !== own) continue;
      // One name is enough: a killed owner leaves no other behind.
      rmSync(at(draft), { force: true });
      return { release };
    }
    const inode = inodeAt(at('owner.sock'));
    const owner = await ownerAt(at('owner.sock'));
    if (owner !== null) {
      await leave(server, handle);
      return { heldBy: owner };
    }
    if (inode !== null) removeDead(at, inode);
  }
  await leave(server, handle);
  return { heldBy: 'unknown' };
}

async function leave(server: Server, handle: number): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  closeSync(handle);
}

/** Of any number of processes one gives its file the name. */
function takesName(draft: string, name: string): boolean {
  try {
    linkSync(draft, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the file that nobody answers at, and no other: somebody may have put a living one in its place meanwhile. */
function removeDead(at: (name: string) => string, inode: bigint): void {
  const aside = `dead-${randomUUID()}.sock`;
  try {
    renameSync(at('owner.sock'), at(aside));
    if (inodeAt(at(aside)) !== inode) takesName(at(aside), at('owner.sock'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(at(aside), { force: true });
}

function inodeAt(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
