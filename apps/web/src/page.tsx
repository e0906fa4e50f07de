import type { ReactNode } from 'react';

/** The frame of every screen. The heading names the browser tab as well. */
export function Page({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <main>
      <title>{`${heading} – Latchkey`}</title>
      <h1>{heading}</h1>
      {children}
    </main>
  );
}
