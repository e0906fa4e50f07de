import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  plugins: [react()],
  // The server's content security policy allows files of its own origin and nothing inline, `data:` URLs included.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
