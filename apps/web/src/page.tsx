import { type ReactNode, useEffect, useRef } from 'react';
import type { Callback } from './social/page-callback.ts';

/** What every screen is given: the token of the mailed link, or the answer of the provider, that led to it, if one did. */
export type ScreenProps = { token: string | null; callback: Callback | null };

/**
 * The frame of every screen; the heading names the browser tab as well. When a form gives way to what follows it, the
 * focus it had would be lost: the new heading takes it and is read out.
 */
export function Page({ heading, children }: { heading: string; children: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading} – Latchkey`;
    if (document.activeElement === document.body) title.current?.focus();
  }, [heading]);

  return (
    <main>
      <h1 ref={title} tabIndex={-1}>
        {heading}
      </h1>
      {children}
    </main>
  );
}
