import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takePageToken } from './page-token.ts';
import { screenAt } from './screens.ts';
import { takeCallback } from './social/page-callback.ts';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root element');

// A second mailed link opened in this tab changes the fragment only, for which a browser loads nothing.
window.addEventListener('hashchange', () => window.location.reload());

const callback = takeCallback(window.location, window.history);
const token = takePageToken(window.location, window.history);
const Screen = screenAt(window.location.pathname);

createRoot(root).render(
  <StrictMode>
    <Screen token={token} callback={callback} />
  </StrictMode>,
);
