import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/**
 * One script and one style sheet: a page that is open keeps working when the server is gone, since
 * nothing is fetched later. Nothing is inlined, as the server's content security policy asks.
 */
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
