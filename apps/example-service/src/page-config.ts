/** What the page has to be told before it can do anything. */
export type PageConfig = { authUrl: string };
