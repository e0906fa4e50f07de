import './document.ts';
import { type ComponentType, createElement, Fragment, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { vi } from 'vitest';

/** Something on a screen. */
export type Page = { text(): string; shows(text: string): Promise<void>; click(selector: string): void; close(): void };

/** Renders into a document of its own place, and looks as a person would: until it is there, for some seconds. */
export function openPage(content: ReactNode, around: ComponentType | typeof Fragment = Fragment): Page {
  const place = document.createElement('main');
  document.body.append(place);
  const root = createRoot(place);
  root.render(createElement(around, null, content));
  const text = () => place.textContent ?? '';
  return {
    text,
    shows: (expected) =>
      vi.waitFor(
        () => {
          if (!text().includes(expected)) throw new Error(`the page does not show “${expected}” but “${text()}”`);
        },
        { timeout: 5_000, interval: 5 },
      ),
    click: (selector) => place.querySelector<HTMLElement>(selector)?.click(),
    close() {
      root.unmount();
      place.remove();
    },
  };
}
