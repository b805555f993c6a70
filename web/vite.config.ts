import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// Where `deepsign app` serves the bundles and the tracker's model file while the page itself is being worked on.
const SERVER = process.env.DEEPSIGN_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [svelte()],
  worker: { format: 'es' },
  // The server's content policy allows scripts from files only, so nothing may be inlined.
  build: { outDir: '../src/deepsign/web', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { '/bundles': SERVER, '/tutorials': SERVER, '/assets-models': SERVER } },
  test: { include: ['src/**/*.test.ts'] },
})
