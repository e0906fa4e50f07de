import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Either the lock, or the process that holds it. */
export type LockAttempt = { release: () => Promise<void> } | { heldBy: string };

/**
 * Makes this process the one owner of a directory. The lock is a listening local socket, so the system drops it with
 * its process however that ends: there is no stale lock to break. It is named after the directory's identity on disk,
 * which is the same through every symbolic link. Whoever connects is told the owner's process id.
 */
export async function lockDataDirectory(dataDir: string): Promise<LockAttempt> {
  const path = socketPath(dataDir);
  const server = createServer((connection) => connection.on('error', () => undefined).end(String(process.pid)));
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

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      server.removeAllListeners('listening');
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve(true);
    });
  });
}

/** The id its owner tells, or null when nobody listens there. */
function ownerAt(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const connection = connect(path);
    connection.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    // An owner too busy to answer is still an owner.
    connection.setTimeout(2_000, () => connection.destroy());
    let connected = false;
    connection.once('connect', () => {
      connected = true;
    });
    connection.once('error', () => undefined);
    connection.once('close', () => resolve(connected ? answer || 'unknown' : null));
  });
}
