import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type LocalServer, openLocalServer } from '../local-server.ts';
import { send } from '../send.ts';

let local: LocalServer;
beforeAll(async () => {
  local = await openLocalServer(inject('databaseUrl'));
});
afterAll(() => local.close());

const statuses = async (headers: Record<string, string>) =>
  Promise.all(['/dev/mailbox', '/dev/mailbox.json'].map(async (path) => (await send(local.url, path, { headers })).status));

test.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'LOCALHOST', 'app.localhost'])(
  'the mailbox is there for who calls this machine %s (R-TRN-16)',
  async (name) => {
    expect(await statuses({ host: name })).toEqual([200, 200]);
    expect(await statuses({ host: `${name}:3000` })).toEqual([200, 200]);
  },
);

test.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', '192.0.2.1', 'evil.example#localhost'])(
  'it is not there for a page that reaches it by the name %s (R-TRN-16)',
  async (host) => {
    expect(await statuses({ host })).toEqual([404, 404]);
  },
);

test.each(['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip', 'via'])(
  'it is not there through a proxy, which says so in %s (R-TRN-16)',
  async (header) => {
    expect(await statuses({ [header]: 'a' })).toEqual([404, 404]);
  },
);
