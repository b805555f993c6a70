/**
 * The page's service worker: answers from this browser's cache, so that a second visit asks the network for nothing and
 * works without one. Every file is kept under its address and digest. A new version's worker is another file (its digests
 * differ): it keeps what it lacks beside the old version, waits until the learner takes it, and then drops what is old.
 */

// Address → sha256. vite.config.ts writes the built page's, src/deepsign/serve/site.py what is served beside it.
const PAGE = {}
const DATA = {}

const CACHE = 'deepsign'
const FILES = { ...PAGE, ...DATA }
const keyOf = (path) => `${path}?${FILES[path].slice(0, 16)}`
/** What the page needs to appear. The rest is big: it is kept when it is first used, or when the page says there is time. */
const FIRST = Object.keys(FILES).filter((path) => (path in PAGE ? !path.endsWith('.wasm') : path.endsWith('/index.json')))
/** Needed by a warm-up, or a setting, alone: kept only once that was chosen. */
const LAST = ['gesture_recognizer', 'pose_landmarker_full'].map((name) => `/assets-models/${name}.task`)

/** What is on its way into the cache: two who want the same file wait for one. */
const coming = new Map()

const kept = async (path) => (await caches.open(CACHE)).match(keyOf(path))

function keep(path) {
  const one = coming.get(path) ?? load(path).finally(() => coming.delete(path))
  coming.set(path, one)
  return one
}

async function load(path) {
  if (await kept(path)) return
  const answer = await fetch(path, { cache: 'no-cache' })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  await (await caches.open(CACHE)).put(keyOf(path), answer)
}

/** From the cache; else from the network and into the cache; where that fails (a full disk), from the network alone. */
async function answer(path, request) {
  const found = (await kept(path)) ?? (await keep(path).then(() => kept(path), () => undefined))
  return found ?? fetch(request)
}

async function dropOld() {
  const cache = await caches.open(CACHE)
  const current = new Set(Object.keys(FILES).map((path) => new URL(keyOf(path), location.origin).href))
  await Promise.all((await cache.keys()).filter(({ url }) => !current.has(url)).map((request) => cache.delete(request)))
}

async function keepAll() {
  for (const path of Object.keys(FILES)) if (!LAST.includes(path)) await keep(path).catch(() => undefined)
}

self.addEventListener('install', (event) => event.waitUntil(Promise.all(FIRST.map(keep))))
self.addEventListener('activate', (event) => event.waitUntil(dropOld().then(() => self.clients.claim())))
self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting()
  if (event.data === 'keep all') event.waitUntil(keepAll())
})
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  const path = pathname === '/index.html' ? '/' : pathname
  if (event.request.method === 'GET' && origin === location.origin && path in FILES) event.respondWith(answer(path, event.request))
})
