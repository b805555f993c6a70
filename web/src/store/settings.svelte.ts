/** What the learner has chosen. Kept in this browser only; where it keeps nothing, choices last as long as the page. */

import { database } from './db'

export type Language = 'en' | 'es'

export interface Settings {
  /** The hand that leads. */
  hand: 'right' | 'left' | 'either'
  /** Whether one's own picture is shown as in a mirror. Never changes what is judged. */
  mirror: boolean
  clipSpeed: 1 | 0.5
  /** Under a sign's diagram, in words, how it is made. */
  captions: boolean
  /** How long a letter is held until it counts, 300 … 1000 ms. */
  holdMs: number
  strictness: 'gentle' | 'normal' | 'strict'
  textSize: 1 | 1.25 | 1.5
  contrast: 'system' | 'more'
  reducedMotion: 'system' | 'reduce'
  /** The page's language; the sign language is the bundle's. */
  language: Language
  blurFace: boolean
  /** Which tracker follows the body, in signs that move. */
  body: 'lite' | 'full'
}

type Fits = { [name in keyof Settings]: (value: unknown) => boolean }
const among = (...allowed: unknown[]) => (value: unknown) => allowed.includes(value)
const flag = among(true, false)

const FITS: Fits = {
  hand: among('right', 'left', 'either'),
  mirror: flag,
  clipSpeed: among(1, 0.5),
  captions: flag,
  holdMs: (value) => typeof value === 'number' && value >= 300 && value <= 1000,
  strictness: among('gentle', 'normal', 'strict'),
  textSize: among(1, 1.25, 1.5),
  contrast: among('system', 'more'),
  reducedMotion: among('system', 'reduce'),
  language: among('en', 'es'),
  blurFace: flag,
  body: among('lite', 'full'),
}

/** What stands before anything is chosen; the language is the browser's where the page speaks it. */
export function defaults(): Settings {
  const spanish = globalThis.navigator?.language?.startsWith('es') ?? false
  return {
    hand: 'either',
    mirror: true,
    clipSpeed: 1,
    captions: false,
    holdMs: 500,
    strictness: 'normal',
    textSize: 1,
    contrast: 'system',
    reducedMotion: 'system',
    language: spanish ? 'es' : 'en',
    blurFace: false,
    body: 'lite',
  }
}

export const settings: Settings = $state(defaults())

/** Reads what was kept. Values that don't fit (from another version) leave the default. Never throws, never waits long: what comes later holds from then on. */
export async function loadSettings(): Promise<void> {
  const read = readAll().then(
    (kept) => void Object.assign(settings, kept),
    () => undefined,
  )
  await Promise.race([read, new Promise((resolve) => setTimeout(resolve, 1000))])
}

async function readAll(): Promise<Partial<Settings>> {
  const store = (await database()).transaction('settings').store
  const [names, values] = await Promise.all([store.getAllKeys(), store.getAll()])
  const pairs = names.map((name, i): [string, unknown] => [name, values[i]])
  return Object.fromEntries(pairs.filter(([name, value]) => FITS[name as keyof Settings]?.(value))) as Partial<Settings>
}

/** Sets one setting and keeps it. */
export async function choose<Name extends keyof Settings>(name: Name, value: Settings[Name]): Promise<void> {
  settings[name] = value
  await database()
    .then((db) => db.put('settings', value, name))
    .catch(() => undefined)
}

/** Everything as it was before anything was chosen, shown at once; `forgetEverything` deletes what was kept. */
export function forgetSettings(): void {
  Object.assign(settings, defaults())
}

/** Whether things should keep still: by the setting, or by the system's. */
export function still(): boolean {
  return settings.reducedMotion === 'reduce' || matchMedia('(prefers-reduced-motion: reduce)').matches
}
