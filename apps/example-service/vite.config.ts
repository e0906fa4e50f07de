import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/page',
  plugins: [react()],
  // The page's content security policy allows files of its own origin and nothing inline.
  build: { outDir: '../../dist/page', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
