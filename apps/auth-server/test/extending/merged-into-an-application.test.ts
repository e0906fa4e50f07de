import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { send } from '../send.ts';
import { mounts } from './mounts.ts';
import { openPostsApplication, type PostsApplication } from './posts-application.ts';

const publicUrl = 'https://app.example.test';
const password = 'a pass phrase of an author';
let app: PostsApplication;
let authors = 0;

beforeAll(async () => {
  app = await openPostsApplication(inject('databaseUrl'));
});
afterAll(() => app.close());

async function signedInAuthor(url: string, plan: 'free' | 'paid' = 'free'): Promise<{ browser: Browser; email: string }> {
  authors += 1;
  const browser = openBrowser(url, { origin: publicUrl });
  const email = `author${authors}@example.com`;
  await browser.call('registration.register', { email, password, fields: { plan } });
  await app.sendMails();
  const mail = app.mails.findLast(({ kind, to }) => kind === 'verify_email' && to === email);
  if (mail?.kind !== 'verify_email') throw new Error('nothing was mailed');
  const { token } = mail.content;
  const { data } = await browser.call('registration.verifyEmail', { token });
  expect(data).toMatchObject({ status: 'authenticated', user: { email, fields: { plan } } });
  return { browser, email };
}

describe.each(Object.keys(mounts))('served by %s', (kind) => {
  let url: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const mounted = await mounts[kind]?.(app, publicUrl);
    if (!mounted) throw new Error(`there is no ${kind}`);
    ({ url, close } = mounted);
  });
  afterAll(() => close());

  test('somebody registers, writes what is theirs, and leaves with it', async () => {
    const { browser, email } = await signedInAuthor(url);
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-latchkey', '__Host-latchkey-device']);
    const title = `By ${email}`;
    expect((await browser.call('posts.create', { title: title.slice(0, 20) })).data).toMatchObject({ author: email });
    expect((await openBrowser(url).query('posts.all')).data).toContainEqual({ title: title.slice(0, 20) });
    expect((await browser.call('auth.logout')).headers.get('clear-site-data')).toContain('cookies');
    expect((await browser.call('posts.create', { title: 'after' })).error?.reason).toBe('not_authenticated');
    expect((await browser.call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
    expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
    expect((await openBrowser(url).query('posts.all')).data).not.toContainEqual({ title: title.slice(0, 20) });
  });

  test('their own refusals keep their words, ours their reasons, and a bug says nothing', async () => {
    const { browser } = await signedInAuthor(url);
    const long = await browser.call('posts.create', { title: 'a title that is longer than twenty letters' });
    expect([long.status, long.text]).toEqual([403, expect.stringContaining('Long titles are for paying authors.')]);
    await browser.call('posts.create', { title: `Once, by ${kind}`.slice(0, 20) });
    const again = await browser.call('posts.create', { title: `Once, by ${kind}`.slice(0, 20) });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('There is a post of this title.')]);
    const wrong = await browser.call('posts.create', { title: 'x', authorId: 'somebody' });
    expect([wrong.status, wrong.error?.reason, wrong.error?.fields?.[0]?.path]).toEqual([400, 'invalid_input', 'authorId']);
    const broken = await browser.call('posts.break');
    expect([broken.status, broken.error?.reason]).toEqual([500, 'internal']);
    expect(broken.text).not.toMatch(/secret-host|ECONNREFUSED|at /);
    expect(broken.error?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('what needs a fresh proof asks for one', async () => {
    const { browser } = await signedInAuthor(url, 'paid');
    await browser.call('posts.create', { title: `A title of ${kind}, which may be long here` });
    app.clock.advance(11 * 60);
    expect((await browser.call('posts.removeMine')).error?.reason).toBe('reauthentication_required');
    await browser.call('auth.reauthenticate', { password });
    expect((await browser.call('posts.removeMine')).data).toEqual({ removed: 1 });
  });

  test('a form, another site and two credentials in one batch get nowhere', async () => {
    const { browser } = await signedInAuthor(url);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const form = {
      method: 'POST',
      headers: { cookie, origin: publicUrl, 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x--',
    };
    expect((await send(url, '/trpc/auth.logout', form)).status).toBe(415);
    const headers = { cookie, origin: 'https://evil.example', 'content-type': 'application/json' };
    expect((await send(url, '/trpc/auth.logout', { method: 'POST', headers })).refusal?.reason).toBe('origin_refused');
    expect((await send(url, '/trpc/auth.logout', { method: 'POST', headers: { cookie, 'content-type': 'application/json' } })).status).toBe(
      403,
    );
    const guess = { json: { identifier: 'somebody@example.com', password: 'a guess' } };
    const batch = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ 0: guess, 1: guess }) };
    expect((await send(url, '/trpc/auth.login,auth.login?batch=1', batch)).text).toContain('batch_refused');
    expect((await browser.query('auth.session')).data).not.toBeNull();
  });

  test('tokens work where there are no cookies', async () => {
    const { email } = await signedInAuthor(url);
    const client = openBrowser(url, { origin: publicUrl, headers: { 'x-latchkey-credentials': 'token' } });
    const { data } = await client.call<{ tokens: { accessToken: string } }>('auth.login', { identifier: email, password });
    expect(client.cookies.size).toBe(0);
    const authorization = `Bearer ${data.tokens.accessToken}`;
    expect((await client.query('auth.user', undefined, { authorization })).data).toMatchObject({ email });
  });
});

test('what takes an application long holds nobody up, however much of it there is', async () => {
  const mounted = await mounts['Node’s http']?.(app, publicUrl);
  if (!mounted) throw new Error('there is one');
  const { browser } = await signedInAuthor(mounted.url);
  const waiting = Array.from({ length: 450 }, () => browser.query('posts.wait'));
  expect((await browser.query('auth.session')).data).not.toBeNull();
  app.release();
  const answers = await Promise.all(waiting);
  expect(answers.every(({ data }) => data === 'waited')).toBe(true);
  await mounted.close();
});
