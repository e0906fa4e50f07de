import type { Browser, Page } from 'playwright-core';

/** A page of a browser that has never been here, and everything it complained about or asked of anybody else. */
export async function openWatchedPage(browser: Browser, baseURL: string): Promise<{ page: Page; complaints: string[] }> {
  const complaints: string[] = [];
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL)) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints };
}
