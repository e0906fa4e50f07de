import { connect, type Socket } from 'node:net';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';

const connectWithinMilliseconds = 4_000;

/** Where to connect, as the driver has read it from a URL. */
type Target = { host: string[]; port: number[]; path: string | false | undefined };

/**
 * The socket of one connection. Asked a second time it refuses: a driver that was cut off while it said hello would begin
 * again in the middle of its sentence. `cut` ends the connection at once, whatever it is waiting for.
 */
export function connectOnce(onLost: (error: Error) => void): { connect(target: Target): Promise<Socket>; cut(): void } {
  let made: Socket | null = null;
  return {
    async connect({ host: [host], port: [port], path }) {
      if (made) throw lost();
      const socket = path ? connect({ path }) : connect({ host: host ?? 'localhost', port: port ?? 5432 });
      made = socket;
      try {
        await connected(socket);
      } catch (error) {
        onLost(error as Error);
        throw error;
      }
      socket.once('close', () => onLost(lost()));
      // The driver asks the socket for the name that a certificate has to carry.
      return Object.assign(socket, { host });
    },
    cut() {
      onLost(lost());
      made?.destroy();
    },
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(), connectWithinMilliseconds);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const closed = (): void => failed(lost());
    socket
      .once('error', failed)
      .once('close', closed)
      .once('connect', () => {
        clearTimeout(timer);
        socket.off('error', failed).off('close', closed);
        resolve();
      });
  });
}

function lost(): DatabaseUnavailableError {
  return new DatabaseUnavailableError('CONNECTION_LOST');
}
