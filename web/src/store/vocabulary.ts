/**
 * The file of a person's own signs: src/deepsign/vocabulary.py's, byte for byte what it keeps. Reading takes no
 * defaults: a missing or an extra key is refused by name. tests/golden/vocabulary.json holds both to it.
 */

import { LAYOUTS } from '../engine/layouts'
import type { Clip } from '../engine/recognizer'

export const SCHEMA_VERSION = 1
/** What no sign may be called: it stands for "not a sign I know". */
export const NONE = 'none'
const NAME = /^[a-z0-9][a-z0-9._-]*$/
const STEP = 1 / 8000
const NOT_SEEN = -32768

/** A take: where it came from, times in s, width / height, points as `pack` makes them, and what the base bundle made of them. */
export interface Take {
  source: string
  times: number[]
  aspect: number
  points: string
  embedding: number[]
}

export interface TaughtSign {
  gloss: string
  say: string
  clips: Take[]
}

export interface Vocabulary {
  schema_version: 1
  name: string
  /** ISO 639-3 */
  sign_language: string
  layout: string
  /** The bundle that embeds: its name, and its model.onnx's sha256. */
  base: { name: string; sha256: string }
  signs: TaughtSign[]
  decision: { reject_below: number; sharpness: number }
}

/** Why a file can't be read as a vocabulary: `version` where another DeepSign wrote it, else what is wrong in it. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly version: unknown = SCHEMA_VERSION,
  ) {
    super(message)
    this.name = 'Unreadable'
  }
}

/** How names are compared: as Python's casefold, near enough. */
export const folded = (name: string): string => name.toUpperCase().toLowerCase().replaceAll('ς', 'σ')

/** A file's text → the vocabulary. Throws Unreadable. */
export function readVocabulary(text: string): Vocabulary {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw new Unreadable('it is no JSON')
  }
  const version = isObject(raw) ? raw.schema_version : null
  if (version !== SCHEMA_VERSION) throw new Unreadable(`schema_version is ${JSON.stringify(version ?? null)}`, version ?? null)
  check(raw, SHAPES.whole!, '')
  const found = raw as Vocabulary
  check(found.base, SHAPES.base!, 'base.')
  check(found.decision, SHAPES.decision!, 'decision.')
  found.signs.forEach((sign, s) => {
    check(sign, SHAPES.sign!, `signs.${s}.`)
    sign.clips.forEach((clip, c) => check(clip, SHAPES.clip!, `signs.${s}.clips.${c}.`))
  })
  agree(found)
  return found
}

/** As Python writes it: one line of JSON. */
export const writeVocabulary = (vocabulary: Vocabulary): string => `${JSON.stringify(vocabulary)}\n`

/** A landmark clip as the file holds it, without its embedding. */
export function pack({ frames, times, aspect }: Clip, source: string): Take {
  const size = frames[0]!.length
  const bytes = new DataView(new ArrayBuffer(2 * size * frames.length))
  frames.forEach((frame, f) => frame.forEach((v, i) => bytes.setInt16(2 * (f * size + i), steps(v), true)))
  return {
    source,
    times: times.map((t) => t - times[0]!),
    aspect: rounded(aspect),
    points: toBase64(new Uint8Array(bytes.buffer)),
    embedding: [0],
  }
}

/** The landmark clip that was kept. Throws Unreadable where its points don't fit its times and the layout. */
export function clipOf(take: Take, layout: string): Clip {
  const points = LAYOUTS[layout]!.points.length
  const size = 3 * points
  const bytes = fromBase64(take.points)
  if (bytes?.length !== 2 * size * take.times.length)
    throw new Unreadable(`${take.source}: its points are no (${take.times.length}, ${points}, 3) int16 numbers in base64`)
  const whole = new DataView(bytes.buffer)
  const step = Math.fround(STEP)
  const frames = take.times.map((_, f) =>
    Float32Array.from({ length: size }, (_, i) => {
      const v = whole.getInt16(2 * (f * size + i), true)
      return v === NOT_SEEN ? NaN : v * step
    }),
  )
  return { frames, times: take.times, aspect: take.aspect }
}

/** As the file rounds embeddings and bounds. */
export const rounded = (v: number): number => Number(v.toFixed(6))

/** A coordinate in whole steps; a half goes to the even one, as NumPy rounds. */
function steps(v: number): number {
  if (Number.isNaN(v)) return NOT_SEEN
  const exact = v / STEP
  const up = Math.round(exact)
  const even = up - exact === 0.5 && up % 2 !== 0 ? up - 1 : up
  return Math.min(32767, Math.max(-32767, even))
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4) return null // atob would forgive spaces
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

type Check = (value: unknown) => boolean
const text: Check = (v) => typeof v === 'string'
const filled: Check = (v) => typeof v === 'string' && v !== ''
const number: Check = (v) => typeof v === 'number' && Number.isFinite(v)
const above0: Check = (v) => number(v) && (v as number) > 0
const like = (pattern: RegExp): Check => (v) => typeof v === 'string' && pattern.test(v)
const some = (of: Check): Check => (v) => Array.isArray(v) && v.length > 0 && v.every(of)

const SHAPES: Record<string, Record<string, Check>> = {
  whole: {
    schema_version: (v) => v === SCHEMA_VERSION, name: like(NAME), sign_language: like(/^[a-z]{3}$/), layout: text,
    base: isObject, signs: (v) => Array.isArray(v), decision: isObject,
  },
  base: { name: text, sha256: like(/^[0-9a-f]{64}$/) },
  decision: { reject_below: (v) => number(v) && (v as number) <= 1, sharpness: above0 },
  sign: { gloss: filled, say: filled, clips: some(isObject) },
  clip: { source: text, times: some(number), aspect: above0, points: text, embedding: some(number) },
}

function check(value: unknown, shape: Record<string, Check>, where: string): void {
  if (!isObject(value)) throw new Unreadable(`${where.slice(0, -1) || 'the whole'} must be an object`)
  for (const key of Object.keys(value)) if (!(key in shape)) throw new Unreadable(`${where}${key} is unknown`)
  for (const [key, fits] of Object.entries(shape)) {
    if (!(key in value)) throw new Unreadable(`${where}${key} is missing`)
    if (!fits(value[key])) throw new Unreadable(`${where}${key} is not as it must be`)
  }
}

function agree({ layout, signs }: Vocabulary): void {
  if (!(layout in LAYOUTS)) throw new Unreadable(`unknown landmark layout ${layout}`)
  const names = signs.map((sign) => folded(sign.gloss))
  if (new Set(names).size !== names.length || names.includes(NONE))
    throw new Unreadable(`glosses must differ from one another and from ${NONE}`)
  const clips = signs.flatMap((sign) => sign.clips)
  if (new Set(clips.map((clip) => clip.embedding.length)).size > 1) throw new Unreadable('embeddings must be of one length')
  for (const clip of clips) {
    if (clip.times.some((t, i) => i > 0 && t <= clip.times[i - 1]!)) throw new Unreadable(`${clip.source}: frame times must increase`)
    clipOf(clip, layout)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
