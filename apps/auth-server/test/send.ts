import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** What came back for a request, as a stranger with a socket sees it. */
export type Sent = {
  status: number;
  headers: IncomingHttpHeaders;
  /** The same as they came: names in their order and spelling, a value for each time one was sent. */
  headerLines: [string, string][];
  text: string;
  /** Of a refusal in our shape; of the first one when a batch was answered. */
  refusal: { reason?: string; requestId: string; httpStatus: number; fields?: { path: string; code: string; message: string }[] } | null;
};

export type Sending = { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer };

/** Sends exactly what it is told, on a connection of its own: `path` is not normalised, a header may come twice. */
export function send(url: string, path: string, { method = 'GET', headers = {}, body }: Sending = {}): Promise<Sent> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = text !== '' && /^application\/json/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          headerLines: linesOf(response.rawHeaders),
          text,
          refusal: isJson ? refusalIn(text) : null,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A call with a JSON body, from nowhere in particular. */
export function post(url: string, procedure: string, json: unknown, headers: OutgoingHttpHeaders = {}): Promise<Sent> {
  const body = JSON.stringify(json);
  return send(url, `/trpc/${procedure}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

function linesOf(raw: string[]): [string, string][] {
  return raw.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}

function refusalIn(text: string): Sent['refusal'] {
  // A stream has more than one line; none of them is a refusal in our shape.
  const parsed = JSON.parse(text.split('\n')[0] ?? '');
  const first = Array.isArray(parsed) ? parsed.find((item) => item.error) : parsed;
  return first?.error?.json?.data ?? null;
}

/** A bare connection, to send what no HTTP library would. */
export type Connection = {
  socket: Socket;
  write(text: string | Buffer): void;
  received(): string;
  /** Resolves when the other side has ended it. */
  ended: Promise<void>;
  /** Resolves with all that was received once it matches. */
  until(pattern: RegExp): Promise<string>;
};

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received = '';
  socket.on('data', (data) => {
    received += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  return {
    socket,
    write: (text) => void socket.write(text),
    received: () => received,
    ended: new Promise((resolve) => socket.once('close', () => resolve())),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(received)) resolve(received);
        };
        socket.on('data', look);
        socket.once('close', () => reject(new Error(`the connection ended after ${JSON.stringify(received)}`)));
        look();
      }),
  };
}
