import { AuthProvider } from '@latchkey/auth-client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { auth, queryClient } from './clients.ts';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root element');

createRoot(root).render(
  <StrictMode>
    <AuthProvider client={auth} queryClient={queryClient}>
      <App />
    </AuthProvider>
  </StrictMode>,
);
