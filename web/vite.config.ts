import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'

import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// Where `deepsign app` serves the bundles and the tracker's model file while the page itself is being worked on.
const SERVER = process.env.DEEPSIGN_SERVER ?? 'http://127.0.0.1:8000'

/** Writes the service worker beside the built page, with the digest of each of the page's files. */
function serviceWorker(): Plugin {
  let folder = ''
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle() {
      const names = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).split(sep).join('/'))
        .sort()
      const digest = (name: string) => createHash('sha256').update(readFileSync(folder + name)).digest('hex')
      const page = Object.fromEntries(names.map((name) => [name === '/index.html' ? '/' : name, digest(name)]))
      const source = readFileSync(join(import.meta.dirname, 'src/offline/sw.js'), 'utf8')
      writeFileSync(join(folder, 'sw.js'), source.replace('const PAGE = {}', `const PAGE = ${JSON.stringify(page)}`))
    },
  }
}

export default defineConfig({
  plugins: [svelte(), serviceWorker()],
  worker: { format: 'es' },
  // The server's content policy allows scripts from files only, so nothing may be inlined.
  build: {
    outDir: '../src/deepsign/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Libraries apart: they change seldom, so that a new version of the page leaves them kept.
    rolldownOptions: { output: { advancedChunks: { groups: [{ name: 'libraries', test: /node_modules/ }] } } },
  },
  server: { proxy: { '/bundles': SERVER, '/tutorials': SERVER, '/assets-models': SERVER } },
  test: { include: ['src/**/*.test.ts'] },
})
