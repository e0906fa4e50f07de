import { request } from 'node:http';

/** A request as it goes over the wire: nothing is added to it but what HTTP demands. */
export type RawRequest = { method?: string; path: string; headers?: Record<string, string>; body?: string };

/** An answer as it came: names in their order and spelling, each line of its own. */
export type RawAnswer = { status: number; headers: [string, string][]; body: string };

/** Sends a request with any headers, `host` included: a stranger is not held to what `fetch` allows. */
export function sendRaw(url: string, { method = 'POST', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const lines = answer.rawHeaders;
        const pairs = lines.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, lines[index + 1] ?? '']] : []));
        resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A call of a procedure with a JSON body, by a program that has nothing to do with ours. */
export function callRaw(url: string, procedure: string, json: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const body = JSON.stringify({ json });
  return sendRaw(url, { path: `/trpc/${procedure}`, headers: { 'content-type': 'application/json', ...headers }, body });
}
