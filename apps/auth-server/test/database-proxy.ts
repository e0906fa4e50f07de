import { connect, createServer, type Socket } from 'node:net';

/** Stands between a server and its database, and can be a bad network. */
export type DatabaseProxy = {
  url: string;
  /** Ends every connection and takes no new one. */
  cut(): void;
  /** Keeps every connection and lets nothing through: what a host that vanished looks like. */
  freeze(): void;
  restore(): void;
  /** Counts what the server's own pool says from now on, message by message. */
  count(): () => number;
  /** Freezes as soon as the pool has said so many messages; the last one still gets through, or does not. */
  freezeAfter(messages: number, last: 'arrives' | 'is lost'): Promise<void>;
  close(): Promise<void>;
};

export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'frozen' = 'open';

  let said = 0;
  let reached: { messages: number; last: 'arrives' | 'is lost'; done: () => void } | null = null;

  /** Whether a message of the pool gets through. */
  const heard = (): boolean => {
    said += 1;
    if (!reached || said < reached.messages) return true;
    const { last, done } = reached;
    reached = null;
    state = 'frozen';
    done();
    return last === 'arrives';
  };
  const join = (from: Socket, to: Socket, isClient: boolean) => {
    sockets.add(from);
    let isPool: boolean | null = null;
    from.on('data', (data) => {
      // What came while it was frozen is lost, as are the packets of a dead network.
      if (state !== 'open') return;
      // The first message of a connection names who it is; the job queue has a pool of its own, without a name.
      const isFirst = isPool === null;
      isPool ??= isClient && data.includes('application_name\0latchkey\0');
      if (!isPool || isFirst || heard()) to.write(data);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    join(client, upstream, true);
    join(upstream, client, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    cut() {
      state = 'cut';
      endAll();
    },
    freeze() {
      state = 'frozen';
    },
    restore() {
      // A frozen connection has lost bytes: it cannot go on.
      if (state === 'frozen') endAll();
      state = 'open';
      reached = null;
    },
    count() {
      const before = said;
      return () => said - before;
    },
    freezeAfter: (messages, last) =>
      new Promise((done) => {
        reached = { messages: said + messages, last, done };
      }),
    async close() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
