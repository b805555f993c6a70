/** The page's side of sw.js: registers it, gives it time to keep everything, and says when a new version is ready. */

/** Long enough for a first view to have loaded what it needs, ms. */
const AFTER = 8000

export const version = $state({ ready: false })

let waiting: ServiceWorker | null = null

/** Registers the service worker. Browsers have none where the address is insecure; then the page works as without. */
export async function stayOffline(): Promise<void> {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker
  if (!workers) return
  try {
    const registration = (await workers.register('/sw.js', { updateViaCache: 'none' })) as ServiceWorkerRegistration | undefined
    if (!registration) return // blocked
    offer(registration.waiting, workers)
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing
      coming?.addEventListener('statechange', () => coming.state === 'installed' && offer(coming, workers))
    })
    // A tab that stays open for days asks, too.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') registration.update().catch(() => undefined)
    })
    const { active } = await workers.ready
    if (!savesData()) setTimeout(() => active?.postMessage('keep all'), AFTER)
  } catch {
    // Private windows refuse it: the page works, and asks the network each time.
  }
}

function offer(worker: ServiceWorker | null, workers: ServiceWorkerContainer): void {
  if (!worker || !workers.controller) return // the first one, not a new one
  waiting = worker
  version.ready = true
}

/** Lets the new version take over, and loads it. Progress is in the database: nothing is lost. */
export function takeNewVersion(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage('take over')
}

function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData ?? false
}
