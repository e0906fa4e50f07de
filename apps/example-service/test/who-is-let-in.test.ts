import { accessTokenOf, createAuthClient } from '@latchkey/auth-client';
import { createServerAuth } from '@latchkey/auth-client/server';
import { createServiceAccount, defaultPolicy, revokeServiceAccount } from '@latchkey/user-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { createNotesClient } from '../src/page/notes-client.ts';
import { type NotesWorld, newWriter, openNotesWorld, reasonOf } from './notes-world.ts';

let world: NotesWorld;
beforeAll(async () => {
  const signingKey = { ...defaultPolicy.signingKey, publishAheadSeconds: 0, rotateEverySeconds: 60 };
  world = await openNotesWorld(inject('databaseUrl'), { policy: { signingKey } });
});
afterAll(() => world.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a stranger with curl would see. */
async function list(headers: Record<string, string>, url = world.url) {
  const response = await fetch(`${url}/trpc/notes.list`, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, reason: JSON.parse(text).error?.data.reason };
}

test('a stranger is refused with a reason, whatever they bring, and hears nothing else', async () => {
  const { bearer } = await newWriter(world);
  const { key } = await createServiceAccount(world.auth.core, { name: 'stranger', scopes: ['users:read'] });
  const anybody = createAuthClient({ url: world.auth.url, credentials: 'token' });
  const { accessToken } = await anybody.auth.serviceToken.mutate({ serviceKey: key });
  const strangers = [
    '',
    'Bearer',
    'Bearer x',
    'Basic YTpi',
    `${bearer}x`,
    `${bearer}, ${bearer}`,
    `Bearer ${accessToken}`,
    `Bearer ${key}`,
  ];
  for (const authorization of strangers) {
    const answer = await list({ authorization });
    expect([authorization, answer.status, answer.reason]).toEqual([authorization, 401, 'not_authenticated']);
    expect(answer.text).not.toContain('stack');
  }
  expect(await reasonOf(createNotesClient(world.url, anybody).notes.list.query())).toBe('not_authenticated');
  expect(await reasonOf(createNotesClient(world.url, anybody).notes.add.mutate({ text: 'mine' }))).toBe('not_authenticated');
});

test('a cookie of the auth server is nobody here, and the auth server is not asked about it', async () => {
  const { email, password } = await world.auth.newPerson();
  const login = await fetch(`${world.auth.url}/trpc/auth.login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: world.auth.url },
    body: JSON.stringify({ json: { identifier: email, password } }),
  });
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]);
  expect(cookie.join()).toContain('latchkey=');
  world.auth.requests.length = 0;
  expect(await list({ cookie: cookie.join('; ') })).toMatchObject({ status: 401, reason: 'not_authenticated' });
  expect(world.auth.requests).toEqual([]);
});

test('no other origin is let in, and what a form can send is not taken', async () => {
  const { bearer } = await newWriter(world);
  const origin = 'https://evil.example';
  const preflight = await fetch(`${world.url}/trpc/notes.add`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });
  const read = await list({ origin, authorization: bearer });
  for (const { headers } of [preflight, read]) expect(headers.get('access-control-allow-origin')).toBeNull();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { origin, authorization: bearer, 'content-type': type };
    const form = await fetch(`${world.url}/trpc/notes.add`, { method: 'POST', headers, body: '{"text":"planted"}' });
    expect(form.status).toBeGreaterThanOrEqual(400);
  }
  expect(JSON.parse((await list({ authorization: bearer })).text).result.data).toEqual([]);
});

test('a token that is over is refused, and the client renews it so that nobody notices', async () => {
  const writer = await newWriter(world);
  await writer.notes.add.mutate({ text: 'before' });
  world.pass(6 * 60);
  expect(await list({ authorization: writer.bearer })).toMatchObject({ status: 401, reason: 'not_authenticated' });
  await Promise.all([writer.notes.add.mutate({ text: 'after' }), writer.notes.shared.query()]);
  expect((await writer.notes.list.query()).map(({ text }) => text)).toEqual(['after', 'before']);
  expect(world.auth.callsOf('auth.refresh')).toBe(1);
});

test('a session that was ended is good here until its token is over, five minutes at most, and then refused', async () => {
  const writer = await newWriter(world);
  const current = await writer.auth.auth.session.query();
  expect(await writer.auth.auth.sessions.revoke.mutate({ sessionId: current?.session.id ?? '' })).toEqual({ status: 'revoked' });
  expect(await list({ authorization: writer.bearer })).toMatchObject({ status: 200 });
  world.pass(5 * 60 + 31);
  expect(await list({ authorization: writer.bearer })).toMatchObject({ status: 401, reason: 'not_authenticated' });
  expect(await reasonOf(writer.notes.list.query())).toBe('not_authenticated');
  expect(await accessTokenOf(writer.auth)).toBeNull();
});

test('keys that are replaced lead to no false refusal (R-TOK-13)', async () => {
  const old = await newWriter(world);
  expect(await list({ authorization: old.bearer })).toMatchObject({ status: 200 });
  for (let round = 0; round < 2; round += 1) {
    world.pass(61);
    expect(await world.auth.core.signingKeys.rotate()).toBe(true);
    const young = await newWriter(world);
    const answers = await Promise.all([young, old, young, old].map(({ bearer }) => list({ authorization: bearer })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
});

test('a service account without the scope is refused by the auth server, and notes are shown without names', async () => {
  const service = await world.startAnother({ scopes: ['sessions:revoke'] });
  const writer = await newWriter(world, service.url);
  await writer.notes.add.mutate({ text: 'by somebody', isShared: true });
  world.auth.requests.length = 0;
  expect((await writer.notes.shared.query()).map(({ text, author }) => [text, author])).toEqual([['by somebody', null]]);
  expect(world.auth.requests).toEqual(['POST auth.serviceToken', 'GET auth.users.find']);
  const { key } = await createServiceAccount(world.auth.core, { name: 'may-revoke', scopes: ['sessions:revoke'] });
  const client = createServerAuth({ url: world.auth.url }).serviceClient(key);
  expect(await reasonOf(client.auth.users.find.query({ ids: [writer.userId] }))).toBe('not_authenticated');
});

test('a service account that was revoked costs the names and nothing else', async () => {
  const writer = await newWriter(world);
  await writer.notes.add.mutate({ text: 'by somebody known', isShared: true });
  expect((await writer.notes.shared.query())[0]?.author).toBe(writer.username);
  await revokeServiceAccount(world.auth.core, { name: 'notes-0' });
  expect((await writer.notes.shared.query())[0]?.author).toBeNull();
});
