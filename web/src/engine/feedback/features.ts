/** What can be said about a hand and a movement, as numbers: src/deepsign/feedback/features.py, explained there; the same golden cases. */

import { LAYOUTS } from '../layouts'
import { INDEX, LITTLE, mean, median, MIDDLE, minus, WRIST, type Pair, type Seen, type Vec } from './seen'

export type Part = 'hand' | 'orientation' | 'fingers' | 'thumb' | 'movement' | 'place'
export const LONG = ['index', 'middle', 'ring', 'little'] as const
export type Finger = (typeof LONG)[number]
export const WINDOWS = ['start', 'middle', 'end'] as const
export const STRAIGHT = 0.8
const SLIPS = 0.2

export interface Feature {
  name: string
  part: Part
  kind: string
  finger: Finger | null
  floor: number
}

const feature = (name: string, part: Part, kind: string, floor: number, finger: Finger | null = null): Feature => ({ name, part, kind, finger, floor })
const NEIGHBOURS = [['index', 'middle'], ['middle', 'ring'], ['ring', 'little']] as const

export const HAND_FEATURES: readonly Feature[] = [
  feature('point', 'orientation', 'point', 0.2),
  feature('facing', 'orientation', 'facing', 0.15),
  ...LONG.map((finger) => feature(`bend_${finger}`, 'fingers', 'bend', 0.25, finger)),
  ...NEIGHBOURS.map(([a, b]) => feature(`spread_${a}_${b}`, 'fingers', 'spread', 0.06)),
  feature('thumb_out', 'thumb', 'thumb_out', 0.15),
  ...LONG.map((finger) => feature(`touch_${finger}`, 'thumb', 'touch', 0.1)),
]
export const FEATURES: readonly Feature[] = [
  ...HAND_FEATURES,
  feature('drawn', 'movement', 'drawn', 0.3),
  feature('hands', 'hand', 'hands', 0.15),
  feature('size', 'movement', 'size', 0.1),
  feature('turns', 'movement', 'turns', 0.3),
  ...WINDOWS.flatMap((when) => ['head', 'body'].flatMap((anchor) => ['x', 'y'].map((axis) => feature(`${anchor}_${axis}_${when}`, 'place', `${anchor}_${axis}`, 0.1)))),
]
const JOINTS = ['mcp', 'pip', 'dip', 'tip'] as const
const point = (name: string): number => LAYOUTS.hand!.points.indexOf(`hand.${name}`)
const CHAINS = LONG.map((finger) => JOINTS.map((joint) => point(`${finger}_${joint}`)))
const TIPS = CHAINS.map((chain) => chain[3]!)
const THUMB = point('thumb_tip')
const DRAWING = [WRIST, THUMB, TIPS[0]!, TIPS[3]!]
const TINY = 1e-6

/** All FEATURES of a clip (NaN = can't be judged), and the clip's frame that shows the hand's shape best. */
export function features(seen: Seen): { values: number[]; frame: number } {
  const { share, middle } = shares(seen)
  const each = middle.map((i) => handFeatures(seen.hand[i]!, seen.deep))
  const typical = HAND_FEATURES.map((_, i) => {
    const known = each.map((row) => row[i]!).filter((v) => !Number.isNaN(v))
    return 2 * known.length >= each.length ? median(known) : NaN
  })
  const drawn = share.length > 2 && !seen.body ? drawnBy(seen.hand) : NaN
  return { values: [...typical, drawn, ...bodyFeatures(seen, share)], frame: seen.frames[middle[nearest(each, typical)]!]! }
}

/** How far each of LONG is bent at least and at most while a sign is made; null for a hand without a body. */
export function bends(seen: Seen): Pair[] | null {
  if (!seen.body) return null
  const { middle } = shares(seen)
  const slips = Math.floor(SLIPS * (middle.length - 1))
  return CHAINS.map((chain) => {
    const each = middle.map((i) => bend(seen.hand[i]!, chain)).sort((a, b) => a - b)
    return [each[slips]!, each[each.length - 1 - slips]!]
  })
}

/** How far through the clip each frame is, 0 … 1, and which frames are its middle half. */
function shares({ times }: Seen): { share: number[]; middle: number[] } {
  const [start, end] = [times[0]!, times.at(-1)!]
  const share = times.map((t) => (t - start) / Math.max(end - start, TINY))
  const middle = share.flatMap((s, i) => (share.length <= 2 || (s >= 0.25 && s <= 0.75) ? [i] : []))
  return { share, middle: middle.length ? middle : [share.length >> 1] }
}

/** One hand of right-hand shape → HAND_FEATURES. */
export function handFeatures(hand: Vec[], deep: boolean): number[] {
  const up = minus(hand[MIDDLE]!, hand[WRIST]!)
  const palm = Math.max(length(up), TINY)
  const across = minus(hand[INDEX]!, hand[LITTLE]!)
  const wide = Math.max(length(across), TINY)
  const bends = CHAINS.map((chain) => bend(hand, chain))
  const thumb = hand[THUMB]!
  return [
    Math.atan2(up[0], -up[1]),
    deep ? facing(hand) : NaN,
    ...bends,
    ...NEIGHBOURS.map((_, i) => spread(hand, bends, i, times(up, 1 / palm), times(across, 1 / wide))),
    dot(minus(thumb, hand[INDEX]!), across) / wide ** 2,
    ...TIPS.map((tip) => length(minus(thumb, hand[tip]!)) / palm),
  ]
}

function nearest(each: number[][], typical: number[]): number {
  const off = each.map((row) =>
    row.reduce((sum, v, i) => {
      const by = Math.abs(v - typical[i]!) / HAND_FEATURES[i]!.floor
      return sum + (Number.isNaN(by) ? 0 : Math.min(by, 10))
    }, 0),
  )
  return off.indexOf(Math.min(...off))
}

function bend(hand: Vec[], chain: number[]): number {
  const [knuckle, middle, outer, tip] = chain.map((i) => hand[i]!) as [Vec, Vec, Vec, Vec]
  return angle(minus(middle, knuckle), minus(outer, middle)) + angle(minus(outer, middle), minus(tip, outer))
}

function facing(hand: Vec[]): number {
  const normal = cross(minus(hand[INDEX]!, hand[WRIST]!), minus(hand[LITTLE]!, hand[WRIST]!))
  const flat = Math.abs(normal[2]) / Math.max(length(normal), TINY)
  const wide = minus(hand[INDEX]!, hand[LITTLE]!)
  const across = times(wide, 1 / Math.max(length(wide), TINY))
  let turned = 0
  for (const chain of CHAINS) {
    const joints = [WRIST, ...chain].map((i) => hand[i]!)
    const bones = joints.slice(1).map((joint, i) => minus(joint, joints[i]!))
    bones.slice(1).forEach((outer, i) => (turned += Math.atan2(dot(cross(bones[i]!, outer), across), dot(bones[i]!, outer))))
  }
  return Math.sign(turned) * flat
}

function spread(hand: Vec[], bends: number[], i: number, up: Vec, across: Vec): number {
  if (!(bends[i]! < STRAIGHT && bends[i + 1]! < STRAIGHT)) return NaN
  const direction = (chain: number[]): number => {
    const way = minus(hand[chain[3]!]!, hand[chain[0]!]!)
    return Math.atan2(dot(way, across), dot(way, up))
  }
  const off = direction(CHAINS[i]!) - direction(CHAINS[i + 1]!)
  return Math.atan2(Math.sin(off), Math.cos(off))
}

function drawnBy(hands: Vec[][]): number {
  const palm = median(hands.map((hand) => Math.max(length(minus(hand[MIDDLE]!, hand[WRIST]!)), TINY)))
  return Math.max(...DRAWING.map((i) => corner(hands.map((hand): Pair => [hand[i]![0], hand[i]![1]])))) / palm
}

function bodyFeatures({ body }: Seen, share: number[]): number[] {
  if (!body || share.length < 3) return FEATURES.slice(HAND_FEATURES.length + 1).map(() => NaN)
  const size = corner(body.palm)
  const path = body.palm.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - body.palm[i]![0], y - body.palm[i]![1]), 0)
  const places = [0, 1 / 3, 2 / 3].flatMap((begin) => {
    const part = body.palm.filter((_, i) => share[i]! >= begin - TINY && share[i]! <= begin + 1 / 3 + TINY)
    const [x, y] = [median(part.map((p) => p[0])), median(part.map((p) => p[1]))]
    return [x - body.head[0], y - body.head[1], x, y]
  })
  return [mean(body.other.map(Number)), size, path / Math.max(size, 0.05), ...places]
}

/** Corner to corner of the box around these places. */
function corner(places: readonly Pair[]): number {
  const along = (axis: 0 | 1): number => Math.max(...places.map((p) => p[axis])) - Math.min(...places.map((p) => p[axis]))
  return Math.hypot(along(0), along(1))
}

const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const length = (a: Vec): number => Math.sqrt(dot(a, a))
const times = (a: Vec, by: number): Vec => [a[0] * by, a[1] * by, a[2] * by]
const angle = (a: Vec, b: Vec): number => Math.atan2(length(cross(a, b)), dot(a, b))
