import { type ReactNode, useEffect, useRef } from 'react';

/** What every screen is given: the token of the mailed link that led to it, if one did. */
export type ScreenProps = { token: string | null };

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
