import { connect, createServer, type Socket } from 'node:net';

/**
 * Hands a connection to PostgreSQL to a client for one transaction at a time, and refuses start-up settings: what PgBouncer
 * does in transaction mode, for machines that have none. A client lets itself in on a connection of its own, which then
 * belongs to all.
 */
export type TransactionPooler = {
  url: string;
  /** How many connections to the database there have been at most, and how often one went from a client to another. */
  peak(): number;
  handovers(): number;
  close(): Promise<void>;
};

type Backend = { socket: Socket; user: Client | null; lastUser: Client | null; reader: Reader };
type Client = { socket: Socket; backend: Backend | null; unanswered: number; outbox: Buffer[] };
type Reader = (data: Buffer) => void;

const known = new Set(['user', 'database', 'client_encoding', 'application_name', 'DateStyle', 'TimeZone']);
const requests = { ssl: 80877103, gss: 80877104, cancel: 80877102 };

export async function openTransactionPooler(databaseUrl: string, size: number): Promise<TransactionPooler> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const backends = new Set<Backend>();
  const idle: Backend[] = [];
  const waiting: Client[] = [];
  let peak = 0;
  let handovers = 0;

  const lend = (client: Client, backend: Backend): void => {
    if (backend.lastUser && backend.lastUser !== client) handovers += 1;
    Object.assign(client, { backend });
    Object.assign(backend, { user: client, lastUser: client });
    for (const message of client.outbox.splice(0)) backend.socket.write(message);
  };
  const takeBack = (backend: Backend): void => {
    if (backend.user) backend.user.backend = null;
    backend.user = null;
    const next = waiting.shift();
    if (next) lend(next, backend);
    else idle.push(backend);
  };
  const drop = (backend: Backend): void => {
    backends.delete(backend);
    if (idle.includes(backend)) idle.splice(idle.indexOf(backend), 1);
    backend.user?.socket.destroy();
    backend.socket.destroy();
  };
  const fromBackend = (backend: Backend, type: string, message: Buffer): void => {
    const { user } = backend;
    if (!user) return;
    user.socket.write(message);
    if (type !== 'Z') return;
    user.unanswered -= 1;
    // Idle, and nothing of this client is under way: the next transaction may be anybody's.
    if (user.unanswered === 0 && message[5] === 'I'.charCodeAt(0)) takeBack(backend);
  };

  /** Lets a client in by a connection of its own, and keeps that connection when there is room. */
  const letIn = (client: Client, startup: Buffer): Backend => {
    const socket = connect(Number(target.port), target.hostname);
    sockets.add(socket);
    const backend: Backend = { socket, user: null, lastUser: null, reader: () => {} };
    const dropped = backends.size >= size;
    if (!dropped) backends.add(backend);
    peak = Math.max(peak, backends.size);
    let isIn = false;
    backend.reader = messages((type, message) => {
      if (isIn) return fromBackend(backend, type, message);
      client.socket.write(message);
      if (type !== 'Z') return;
      isIn = true;
      if (dropped) socket.end(Buffer.from([0x58, 0, 0, 0, 4]));
      else takeBack(backend);
    });
    socket.on('data', (data) => backend.reader(data));
    socket.on('error', () => undefined).on('close', () => drop(backend));
    socket.write(startup);
    return backend;
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    const client: Client = { socket, backend: null, unanswered: 0, outbox: [] };
    let door: Backend | null = null;
    let isRefused = false;
    const afterwards = messages((type, message) => {
      if (type === 'X') return;
      if (type === 'p') return void door?.socket.write(message);
      if (type === 'Q' || type === 'S') client.unanswered += 1;
      if (client.backend) return void client.backend.socket.write(message);
      client.outbox.push(message);
      if (client.outbox.length > 1) return;
      const free = idle.shift();
      if (free) lend(client, free);
      else waiting.push(client);
    });
    socket.on('data', (data) => {
      if (door) return afterwards(data);
      if (isRefused) return;
      const code = data.readInt32BE(4);
      if (code === requests.ssl || code === requests.gss) return void socket.write('N');
      const refused = code === requests.cancel ? null : refusedSetting(data);
      if (code !== requests.cancel && !refused) {
        door = letIn(client, data);
        return;
      }
      isRefused = true;
      socket.end(refused ? refusal(refused) : '');
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        if (waiting.includes(client)) waiting.splice(waiting.indexOf(client), 1);
        // In the middle of a transaction its connection is of no use to anybody else.
        if (client.backend) drop(client.backend);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    peak: () => peak,
    handovers: () => handovers,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Cuts a stream into messages: one byte of type, four of length, the rest. */
function messages(take: (type: string, message: Buffer) => void): Reader {
  let pending = Buffer.alloc(0);
  return (data) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
      const end = pending.readInt32BE(1) + 1;
      const message = pending.subarray(0, end);
      pending = pending.subarray(end);
      take(String.fromCharCode(message[0] ?? 0), message);
    }
  };
}

/** The name of a start-up setting that a pooler cannot keep for its client; null when there is none. */
function refusedSetting(startup: Buffer): string | null {
  const texts = startup.toString('utf8', 8).split('\0');
  return texts.find((name, index) => index % 2 === 0 && name !== '' && !known.has(name)) ?? null;
}

function refusal(setting: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: ${setting}\0\0`;
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(Buffer.byteLength(fields) + 4, 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}
