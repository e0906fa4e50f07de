import { connect, createServer, type Socket } from 'node:net';

/** Stands between a server and its database, and can be a bad network. */
export type DatabaseProxy = {
  url: string;
  /** Ends every connection and takes no new one. */
  cut(): void;
  /** Keeps every connection and lets nothing through: what a host that vanished looks like. */
  freeze(): void;
  restore(): void;
  close(): Promise<void>;
};

export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'frozen' = 'open';

  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (data) => {
      // What came while it was frozen is lost, as are the packets of a dead network.
      if (state === 'open') to.write(data);
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
    join(client, upstream);
    join(upstream, client);
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
    },
    async close() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
