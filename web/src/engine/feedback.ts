/** The one thing that an attempt should change, or nothing: src/deepsign/feedback/hint.py, explained there; the same golden cases. */

import { openReference, type Manifest } from './bundle'
import { bends, FEATURES, features, LONG, STRAIGHT, type Finger, type Part } from './feedback/features'
import { see } from './feedback/seen'
import { Problem } from './problems'
import type { Clip } from './recognizer'

export type { Finger, Part } from './feedback/features'

/** How one sign is made: numbers in the order of FEATURES, null where it is not judged; and a typical hand (21 × 3) to draw. */
export interface Sign {
  signers: number
  median: (number | null)[]
  spread: (number | null)[]
  hand: number[][]
}

/** reference.json. */
export interface Reference {
  schema_version: number
  features: string[]
  limits: Record<string, number>
  signs: Record<string, Sign>
}

type Spot = 'chin' | 'forehead' | 'higher' | 'lower' | 'closer' | 'wider'
export type Change =
  | 'show' | 'both' | 'one'
  | 'up' | 'down' | 'sideways' | 'palm_out' | 'palm_in' | 'palm_side'
  | 'straighten' | 'bend' | 'bend_less' | 'bend_more' | 'together' | 'apart' | 'cross'
  | 'out' | 'in' | 'touch'
  | 'larger' | 'smaller' | 'again' | 'once'
  | `${'start' | 'middle' | 'end'}_${Spot}`

export interface Hint {
  part: Part
  /** The finger that is named; null where it is none, or several. */
  finger: Finger | null
  change: Change
  /** How many spreads off it is; 0 where nothing was measured. */
  z: number
  /** The frame of the clip that shows it. */
  frame: number
}

const PARTS: readonly Part[] = ['hand', 'orientation', 'fingers', 'thumb', 'movement', 'place']
const BENT = 1.6
const OPPOSITE = 'opposite'
const TOUCHING = 0.4
const FIST = 2.2
const MANY = 3
const CONFUSED = 0.5
const SPOTS = [['chin', 0.22], ['forehead', -0.28]] as const
const NEAR = 0.35

const references = new Map<string, Promise<Reference | null>>()

/** The bundle's reference, fetched and checked once; null where it has none. Throws bundle-failed. */
export function referenceOf(manifest: Manifest): Promise<Reference | null> {
  const { name } = manifest
  const known = references.get(name)
  if (known) return known
  const opening = openReference(manifest).then((raw) => (raw === null ? null : readReference(raw, name)))
  opening.catch(() => references.delete(name))
  references.set(name, opening)
  return opening
}

/** reference.json, checked. Throws bundle-failed. */
export function readReference(raw: unknown, name: string): Reference {
  const found = raw as Reference
  const fits = found.schema_version === 1 && found.features?.length === FEATURES.length && found.features.every((f, i) => f === FEATURES[i]!.name)
  if (!fits || !found.signs || !found.limits) throw new Problem('bundle-failed', `/bundles/${name}/reference.json: made by another version`)
  return found
}

/** The one thing to change in a clip that should be `gloss`. `takenFor`: the other sign that it was read as, if it was. */
export function hintFor(reference: Reference, gloss: string, clip: Clip, takenFor: string | null = null): Hint | null {
  const seen = see(clip)
  if (!seen) return { part: 'hand', finger: null, change: 'show', z: 0, frame: 0 }
  const sign = reference.signs[gloss]
  if (!sign) return null
  const { values, frame } = features(seen)
  return judge(sign, kindly(sign, values, bends(seen)), reference.limits, frame, takenFor !== null && takenFor !== gloss ? (reference.signs[takenFor] ?? null) : null)
}

/** The features with each finger bent as it was when it was most like the sign. */
function kindly(sign: Sign, values: readonly number[], bent: readonly (readonly [number, number])[] | null): readonly number[] {
  if (!bent) return values
  const found = [...values]
  LONG.forEach((finger, i) => {
    const middle = sign.median[BENDS[finger]]
    if (middle !== null && middle !== undefined) found[BENDS[finger]] = Math.min(Math.max(middle, bent[i]![0]), bent[i]![1])
  })
  return found
}

/** As `hintFor`, from the features of an attempt. */
export function judge(sign: Sign, values: readonly number[], limits: Record<string, number>, frame: number, other: Sign | null): Hint | null {
  const off = values.map((value, i) => offBy(sign, value, i))
  for (const part of PARTS) {
    const over: { by: number; i: number }[] = []
    FEATURES.forEach((feature, i) => {
      const z = off[i]!
      if (feature.part !== part || z === null || !judged(sign, i)) return
      const limit = limits[kindOf(sign, i, values[i]!)]
      if (limit === undefined) return
      const share = Math.abs(z) / (tellsApart(sign, other, i, values[i]!) ? limit * CONFUSED : limit)
      if (share > 1) over.push({ by: share, i })
    })
    if (over.length) return told(sign, values, off, over, frame)
  }
  return null
}

function offBy(sign: Sign, value: number, i: number): number | null {
  const [middle, spread] = [sign.median[i]!, sign.spread[i]!]
  if (middle === null || spread === null || Number.isNaN(value)) return null
  return difference(value, middle, FEATURES[i]!.kind) / spread
}

function difference(value: number, from: number, kind: string): number {
  const off = value - from
  return kind === 'point' ? Math.atan2(Math.sin(off), Math.cos(off)) : off
}

function judged(sign: Sign, i: number): boolean {
  const { part, kind } = FEATURES[i]!
  if (part === 'thumb' && LONG.every((finger) => (sign.median[BENDS[finger]] ?? 0) > FIST)) return false
  const middle = sign.median[i]!
  return kind !== 'touch' || (middle !== null && middle < TOUCHING)
}

function kindOf(sign: Sign, i: number, value: number): string {
  const middle = sign.median[i]!
  const { kind } = FEATURES[i]!
  return kind === 'bend' && middle !== null && Math.min(value, middle) < STRAIGHT && Math.max(value, middle) > BENT ? OPPOSITE : kind
}

function tellsApart(sign: Sign, other: Sign | null, i: number, value: number): boolean {
  const [middle, spread, theirs] = [sign.median[i]!, sign.spread[i]!, other ? other.median[i]! : null]
  if (theirs === null || middle === null || spread === null) return false
  const { kind } = FEATURES[i]!
  const nearer = Math.abs(difference(value, theirs, kind)) < Math.abs(difference(value, middle, kind))
  return nearer && Math.abs(difference(theirs, middle, kind)) > 2 * spread
}

function told(sign: Sign, values: readonly number[], off: readonly (number | null)[], over: { by: number; i: number }[], frame: number): Hint {
  const { i } = over.reduce((best, one) => (one.by > best.by ? one : best))
  const { part, kind, name, finger: bending } = FEATURES[i]!
  const [z, middle] = [off[i] ?? 0, sign.median[i] ?? 0]
  let [change, finger]: [Change, Finger | null] = ['show', null]
  if (kind === 'bend') {
    change = bent(middle, z)
    const same = over.filter((one) => FEATURES[one.i]!.kind === 'bend' && bent(sign.median[one.i] ?? 0, off[one.i] ?? 0) === change)
    finger = same.length < MANY ? bending : null
  } else if (kind === 'touch') [change, finger] = ['touch', name.replace('touch_', '') as Finger]
  else if (part === 'place') change = where(sign, values, i)
  else change = CHANGES[kind]!(middle, z)
  return { part, finger, change, z: Math.round(100 * Math.abs(z)) / 100, frame }
}

function bent(middle: number, z: number): Change {
  if (z > 0) return middle < STRAIGHT ? 'straighten' : 'bend_less'
  return middle > BENT ? 'bend' : 'bend_more'
}

const CHANGES: Record<string, (middle: number, z: number) => Change> = {
  hands: (middle) => (middle > 0.5 ? 'both' : 'one'),
  point: (middle) => (Math.abs(middle) < Math.PI / 4 ? 'up' : Math.abs(middle) > (3 * Math.PI) / 4 ? 'down' : 'sideways'),
  facing: (middle) => (middle > 0.5 ? 'palm_out' : middle < -0.5 ? 'palm_in' : 'palm_side'),
  spread: (middle, z) => (middle < CROSSED ? 'cross' : z > 0 ? 'together' : 'apart'),
  thumb_out: (_, z) => (z < 0 ? 'out' : 'in'),
  drawn: (_, z) => (z < 0 ? 'larger' : 'smaller'),
  size: (_, z) => (z < 0 ? 'larger' : 'smaller'),
  turns: (_, z) => (z < 0 ? 'again' : 'once'),
}
const CROSSED = -0.1

/** When, and where to. */
function where(sign: Sign, values: readonly number[], i: number): Change {
  const [, axis, when] = FEATURES[i]!.name.split('_') as [string, 'x' | 'y', 'start' | 'middle' | 'end']
  const spot = spotOf(sign, when)
  const [x, y] = ['x', 'y'].map((a) => values[PLACES[`head_${a}_${when}`]!]!)
  if (spot && Math.hypot(x!, y! - spot[1]) > NEAR) return `${when}_${spot[0]}`
  const further = (sign.median[i] ?? 0) < values[i]!
  const [ifFurther, ifNot] = axis === 'x' ? (['closer', 'wider'] as const) : (['higher', 'lower'] as const)
  return `${when}_${further ? ifFurther : ifNot}`
}

function spotOf(sign: Sign, when: string): (typeof SPOTS)[number] | null {
  const [x, y] = ['x', 'y'].map((a) => sign.median[PLACES[`head_${a}_${when}`]!]!)
  if (x === null || x === undefined || y === null || y === undefined) return null
  const far = (spot: (typeof SPOTS)[number]): number => Math.hypot(x, y - spot[1])
  const best = SPOTS.reduce((a, b) => (far(b) < far(a) ? b : a))
  return far(best) < NEAR ? best : null
}

const BENDS = Object.fromEntries(FEATURES.flatMap((f, i) => (f.kind === 'bend' ? [[f.finger, i]] : []))) as Record<Finger, number>
const PLACES: Record<string, number> = Object.fromEntries(FEATURES.flatMap((f, i) => (f.part === 'place' ? [[f.name, i]] : [])))
