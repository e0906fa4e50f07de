import { connect, type Server, type Socket } from 'node:net';

/** Either the lock, or the process that holds it. */
export type LockAttempt = { release: () => Promise<void> } | { heldBy: string };

/** Whoever connects is told the owner's process id. */
export function tellOwner(connection: Socket): void {
  connection.on('error', () => undefined).end(String(process.pid));
}

/** False when the name is taken. */
export function listens(server: Server, path: string): Promise<boolean> {
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
export function ownerAt(path: string): Promise<string | null> {
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
