/** Tutorials: how each sign of a bundle is made, as moving points. Read as strictly as src/deepsign/tutorials reads them. */

import { LAYOUTS } from './layouts'

export const SCHEMA_VERSION = 1

export interface Credit {
  made: 'clip' | 'hand' | 'drawn' | 'video'
  source: string
  licence: string
}

/** One sign. A still has one frame. */
export interface Tutorial {
  bundle: string
  gloss: string
  layout: 'hands' | 'hands_pose'
  /** s from the beginning. */
  times: readonly number[]
  /** Per time, P × 3 as everywhere: fractions of the picture, z on x's scale, NaN = not there. */
  frames: readonly Float32Array[]
  aspect: number
  /** The head's radius as a fraction of the picture's width; null where only a hand is drawn. */
  head: number | null
  credit: Credit
  /** The address of a video of the same, on this server. */
  video: string | null
  /** A Deaf signer's video elsewhere; opened by a click alone. */
  link: string | null
}

export interface Tutorials {
  bundle: string
  /** By gloss, in the bundle's order. */
  shown: ReadonlyMap<string, Tutorial>
  /** Gloss → why nothing shows it. */
  leftOut: ReadonlyMap<string, string>
}

type Part = 'left_hand' | 'body' | 'right_hand'
const PARTS: readonly Part[] = ['left_hand', 'body', 'right_hand']
const BODY = ['nose', ...['shoulder', 'elbow', 'wrist', 'hip'].flatMap((point) => [`left_${point}`, `right_${point}`])].map((name) => `pose.${name}`)
const STEP = Math.fround(1 / 8000)
const NOT_SEEN = -32768

type Fetch = (address: string) => Promise<Response>
const fromServer: Fetch = (address) => fetch(address)
const known = new Map<string, Promise<Tutorials>>()

/** A bundle's tutorials; none where the server has none. Throws Error, one line, where they can't be read. */
export function tutorialsOf(bundle: string, get: Fetch = fromServer): Promise<Tutorials> {
  if (!known.has(bundle)) {
    const found = load(bundle, get)
    known.set(bundle, found)
    found.catch(() => known.delete(bundle)) // the next one who asks tries again
  }
  return known.get(bundle)!
}

/** A sign's tutorial; null where nothing shows it. */
export async function tutorialOf(bundle: string, gloss: string): Promise<Tutorial | null> {
  return (await tutorialsOf(bundle)).shown.get(gloss) ?? null
}

async function load(bundle: string, get: Fetch): Promise<Tutorials> {
  const address = `/tutorials/${bundle}.json`
  const answer = await get(address)
  if (answer.status === 404) return { bundle, shown: new Map(), leftOut: new Map() }
  if (!answer.ok) throw new Error(`${address}: the server answered ${answer.status}`)
  return readTutorials(await answer.json(), address)
}

/** The file's content, checked: a missing or an extra key is an error, as it is in Python. */
export function readTutorials(raw: unknown, address: string): Tutorials {
  const file = fields(raw, address, ['schema_version', 'bundle', 'sign_language', 'layout', 'aspect', 'tutorials', 'left_out'])
  const { schema_version: version, bundle, layout, aspect, tutorials, left_out: leftOut } = file
  if (version !== SCHEMA_VERSION) throw new Error(`${address}: tutorials of schema version ${String(version)}, this page reads ${SCHEMA_VERSION}`)
  if (typeof bundle !== 'string' || (layout !== 'hands' && layout !== 'hands_pose') || !positive(aspect)) throw new Error(`${address}: its head is damaged`)
  if (!Array.isArray(tutorials) || !Array.isArray(leftOut)) throw new Error(`${address}: lists nothing`)
  const shown = tutorials.map((one) => readTutorial(one, address, bundle, layout, aspect))
  const reasons = leftOut.map((one) => fields(one, address, ['gloss', 'reason']))
  return {
    bundle,
    shown: new Map(shown.map((one) => [one.gloss, one])),
    leftOut: new Map(reasons.map(({ gloss, reason }) => [String(gloss), String(reason)])),
  }
}

function readTutorial(raw: unknown, address: string, bundle: string, layout: Tutorial['layout'], aspect: number): Tutorial {
  const { gloss, rate, parts, points, head, credit, video, link } = fields(raw, address, ['gloss', 'rate', 'parts', 'points', 'head', 'credit', 'video', 'link'])
  const where = `${address}: ${String(gloss)}`
  if (typeof gloss !== 'string' || !gloss || typeof points !== 'string') throw new Error(`${where}: is damaged`)
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 120)) throw new Error(`${where}: its rate is none`)
  if (!Array.isArray(parts) || !parts.length || !parts.every((part) => PARTS.includes(part as Part))) throw new Error(`${where}: has no known parts`)
  if (head !== null && !positive(head)) throw new Error(`${where}: its head is damaged`)
  if (link !== null && !(typeof link === 'string' && /^https:\/\/[^\s"<>]+$/.test(link))) throw new Error(`${where}: its link is no https address`)
  if (video !== null && !(typeof video === 'string' && /^[A-Za-z0-9][A-Za-z0-9 ._-]*\.(mp4|webm)$/.test(video))) throw new Error(`${where}: its video is none`)
  const frames = framesOf(points, placesOf(parts as Part[], layout), LAYOUTS[layout]!.points.length, where)
  if (frames.length > 1 !== rate > 0) throw new Error(`${where}: ${frames.length} frames at ${rate} a second`)
  return {
    bundle,
    gloss,
    layout,
    times: frames.map((_, i) => i / (rate || 1)),
    frames,
    aspect,
    head,
    credit: fields(credit, where, ['made', 'source', 'licence']) as unknown as Credit,
    video: video && `/tutorials/videos/${encodeURIComponent(video)}`,
    link,
  }
}

/** Where these parts' points stand in the layout, in the file's order. */
function placesOf(parts: readonly Part[], layout: string): number[] {
  const { points } = LAYOUTS[layout]!
  const hand = LAYOUTS.hand!.points.map((name) => name.slice('hand.'.length))
  const names = PARTS.filter((part) => parts.includes(part)).flatMap((part) => (part === 'body' ? BODY : hand.map((name) => `${part}.${name}`)))
  return names.map((name) => points.indexOf(name))
}

/** int16 in base64, little-endian, P kept points × 3 a frame → each frame in the whole layout. */
function framesOf(points: string, places: readonly number[], count: number, where: string): Float32Array[] {
  const bytes = Uint8Array.from(atob(points), (letter) => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  const size = places.length * 3
  const total = bytes.length / 2 / size
  if (!total || !Number.isInteger(total) || places.includes(-1)) throw new Error(`${where}: its points don't fit its parts`)
  return Array.from({ length: total }, (_, frame) => {
    const out = new Float32Array(count * 3).fill(NaN)
    for (let i = 0; i < size; i++) {
      const whole = view.getInt16(2 * (frame * size + i), true)
      if (whole !== NOT_SEEN) out[3 * places[Math.floor(i / 3)]! + (i % 3)] = whole * STEP
    }
    return out
  })
}

/** The points at a time: between two frames, on straight lines. Before the first and after the last, those. */
export function pointsAt({ times, frames }: Tutorial, time: number): Float32Array {
  const next = times.findIndex((t) => t > time)
  if (next === 0 || frames.length === 1) return frames[0]!
  if (next < 0) return frames.at(-1)!
  const [before, after] = [frames[next - 1]!, frames[next]!]
  const share = (time - times[next - 1]!) / (times[next]! - times[next - 1]!)
  return before.map((v, i) => v + share * (after[i]! - v))
}

const positive = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0

function fields(raw: unknown, where: string, names: readonly string[]): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Error(`${where}: is no object`)
  const found = Object.keys(raw)
  const off = names.find((name) => !found.includes(name)) ?? found.find((name) => !names.includes(name))
  if (off !== undefined) throw new Error(`${where}: ${off} is ${names.includes(off) ? 'missing' : 'unknown'}`)
  return raw as Record<string, unknown>
}
