import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchChromium } from '../../../test/browser/chromium.ts';
import { ageSessions } from '../../auth-server/test/age-sessions.ts';
import { startNewServer } from '../../auth-server/test/new-server.ts';
import { openWatchedPage } from './watched-page.ts';

let server: Awaited<ReturnType<typeof startNewServer>>;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startNewServer(inject('databaseUrl')), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** From a page with a button to the demo provider, as one of its people. */
async function goAs(page: Page, name: string, person: string): Promise<void> {
  await button(page, name).click();
  await page.getByRole('heading', { name: 'Demo provider' }).waitFor();
  await page.getByRole('button', { name: person }).click();
}

async function openMail(page: Page, to: string): Promise<void> {
  const linkTo = async () => {
    const mails = (await (await page.request.get('/dev/mailbox.json')).json()) as { to: string; text: string }[];
    return /http\S+\/verify-email#token=\S+/.exec(mails.find((mail) => mail.to === to)?.text ?? '')?.[0];
  };
  await expect.poll(linkTo, { timeout: 10_000 }).toBeDefined();
  await page.goto((await linkTo()) ?? '');
}

test('a person logs in by the demo provider, and no code stays in an address', async () => {
  const { page, complaints } = await openWatchedPage(browser, server.url);
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await page.goto('/login');
  await goAs(page, 'Continue with Demo provider', 'Ada Lovelace');
  await page.getByText('You are ada@example.com').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/');
  // The page took them out itself, with its own address left.
  expect(addresses).toContain(`${server.url}/social/callback/demo`);
  expect(complaints).toEqual([]);
  await page.goBack();
  await page.getByText('This choice is over.').waitFor();
});

test('a person without an address adds one, proves it, connects another identity and disconnects it', async () => {
  const { page, complaints } = await openWatchedPage(browser, server.url);
  await page.goto('/register');
  await goAs(page, 'Continue with Demo provider', 'Hedy Lamarr');
  await page.getByRole('heading', { name: 'One more thing' }).waitFor();
  await page.getByText('Hello Hedy.').waitFor();
  await page.getByLabel('E-mail address').fill('hedy@example.com');
  await button(page, 'Register').click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  await openMail(page, 'hedy@example.com');
  await page.getByText('You are logged in.').waitFor();
  await page.goto('/');
  await goAs(page, 'Connect Demo provider', 'Grace Hopper');
  await page.getByText('grace@example.com').waitFor();
  expect(complaints).toEqual([]);

  await page.getByRole('listitem').filter({ hasText: 'grace@example.com' }).getByRole('button').click();
  await page.getByText('grace@example.com').waitFor({ state: 'detached' });
  await button(page, 'Disconnect Demo provider').click();
  await page.getByRole('alert').getByText('This is your only way to log in.').waitFor();

  await ageSessions(server.databaseUrl, 11);
  await button(page, 'Connect Demo provider').click();
  await page.getByText('It is a while since you logged in.').waitFor();
  await goAs(page, 'Continue with Demo provider', 'Hedy Lamarr');
  await page.getByText('You are hedy@example.com').waitFor();
  await goAs(page, 'Connect Demo provider', 'Grace Hopper');
  await page.getByText('grace@example.com').waitFor();
});

test('a person with an account is told to log in and connect; who refuses is told as much', async () => {
  const { page } = await openWatchedPage(browser, server.url);
  await page.goto('/login');
  await button(page, 'Continue with Demo provider').click();
  await page.getByRole('heading', { name: 'Demo provider' }).waitFor();
  await page.getByLabel('Name').fill('Ada, once more');
  await page.getByLabel('E-mail address').fill('ada@example.com');
  await button(page, 'Log in').click();
  await page.getByRole('heading', { name: 'You have an account already' }).waitFor();
  await page.reload();
  await page.getByText('There is nothing to finish here.').waitFor();

  await page.getByRole('link', { name: 'Log in' }).click();
  await goAs(page, 'Continue with Demo provider', 'Refuse to log in');
  await page.getByRole('alert').getByText('The other service did not let you in.').waitFor();
});

test('a person with a password proves it again before connecting', async () => {
  const { page } = await openWatchedPage(browser, server.url);
  await page.goto('/register');
  await page.getByLabel('E-mail address').fill('joan@example.com');
  await page.getByLabel('Password').fill('bombe of bletchley');
  await button(page, 'Register').click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  await openMail(page, 'joan@example.com');
  await page.getByText('You are logged in.').waitFor();
  await ageSessions(server.databaseUrl, 11);
  await page.goto('/');
  await button(page, 'Connect Demo provider').click();
  await page.getByLabel('Password').fill('bombe of bletchley');
  await button(page, 'Confirm').click();
  await page.getByRole('heading', { name: 'Demo provider' }).waitFor();
  await page.getByRole('button', { name: 'Alan Turing' }).click();
  await page.getByText('alan@example.com').waitFor();
});
