/** What of a clip is judged: the signing hand and the body, in true proportions: src/deepsign/feedback/seen.py, explained there; the same golden cases. */

import { LAYOUTS } from '../layouts'
import type { Clip } from '../recognizer'

export type Vec = readonly [x: number, y: number, z: number]
export type Pair = readonly [x: number, y: number]

export interface Body {
  palm: Pair[]
  /** NaN where the nose is not seen. */
  head: Pair
  other: boolean[]
}

export interface Seen {
  hand: Vec[][]
  frames: number[]
  times: number[]
  body: Body | null
  deep: boolean
}

export const [WRIST, INDEX, MIDDLE, LITTLE] = [0, 5, 9, 17]
const RAISED = 1.2
const SMALLEST = 1e-3
const POSE = LAYOUTS.hands_pose!
const at = (name: string): number => POSE.points.indexOf(`pose.${name}`)
const [NOSE, SHOULDERS, WRISTS] = [at('nose'), [at('left_shoulder'), at('right_shoulder')], [at('left_wrist'), at('right_wrist')]] as const

interface Frame {
  centre: Pair
  width: number
}

/** null where no hand is seen whole in any frame. */
export function see(clip: Clip): Seen | null {
  const layout = clip.frames[0]?.length === POSE.points.length * 3 ? POSE : LAYOUTS.hands!
  const scaled = clip.frames.map((frame) =>
    layout.points.map((_, i): Vec => [frame[3 * i]! * clip.aspect, frame[3 * i + 1]!, frame[3 * i + 2]! * clip.aspect]),
  )
  const hands = (['left_hand', 'right_hand'] as const).map((name) => scaled.map((points) => points.slice(...layout.parts[name]!)))
  const there = hands.map((side) => side.map((hand) => hand.every(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y))))
  const pose = layout === POSE ? scaled : null
  const frame = pose && shouldersOf(pose)
  const lead = leading(hands, there, pose, frame)
  const frames = there[lead]!.flatMap((seen, i) => (seen ? [i] : []))
  if (!frames.length) return null
  const hand = frames.map((i) => hands[lead]![i]!)
  const deep = hand.every((points) => Math.max(...points.map((p) => p[2])) - Math.min(...points.map((p) => p[2])) > SMALLEST)
  const known = hand.map((points) => points.map(([x, y, z]): Vec => [x, y, Number.isNaN(z) ? 0 : z]))
  const body = pose && frame && bodyOf(hands, there, pose, frame, lead)
  return { hand: known.map(asRight), frames, times: frames.map((i) => clip.times[i]! - clip.times[0]!), body, deep }
}

function asRight(hand: Vec[]): Vec[] {
  const [a, b] = [minus(hand[INDEX]!, hand[WRIST]!), minus(hand[LITTLE]!, hand[WRIST]!)]
  const turned = a[0] * b[1] - a[1] * b[0]
  return turned > 0 ? hand.map(([x, y, z]): Vec => [-x, y, z]) : hand
}

function shouldersOf(pose: Vec[][]): Frame | null {
  const both = pose.map((points) => SHOULDERS.map((i) => points[i]!)).filter((pair) => pair.every(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y)))
  if (!both.length) return null
  const width = median(both.map(([l, r]) => Math.hypot(l![0] - r![0], l![1] - r![1])))
  const centre: Pair = [median(both.map(([l, r]) => (l![0] + r![0]) / 2)), median(both.map(([l, r]) => (l![1] + r![1]) / 2))]
  return { centre, width: Math.max(width, SMALLEST) }
}

/** 0: the left hand signs, 1: the right one. */
function leading(hands: Vec[][][], there: boolean[][], pose: Vec[][] | null, frame: Frame | null): number {
  const seen = there.map((side) => side.filter(Boolean).length)
  if (!pose || !frame) {
    const height = hands.map((side, k) => mean(side.filter((_, i) => there[k]![i]).map((hand) => hand[WRIST]![1])))
    return seen[1]! > seen[0]! || (seen[1] === seen[0] && height[1]! <= height[0]!) ? 1 : 0
  }
  const frames = Math.max(1, there[0]!.filter((left, i) => left || there[1]![i]).length)
  const scores = hands.map((side, k) => {
    const ys = side.map((hand, i) => (there[k]![i] ? hand[WRIST]![1] : pose[i]![WRISTS[k]!]![1])).filter((y) => !Number.isNaN(y))
    return seen[k]! / frames + mean(ys.map((y) => Math.min(2.5, Math.max(0, (frame.centre[1] - y) / frame.width + 1.5))))
  })
  return scores[1]! >= scores[0]! ? 1 : 0
}

function bodyOf(hands: Vec[][][], there: boolean[][], pose: Vec[][], { centre, width }: Frame, lead: number): Body {
  const side = lead === 0 ? 1 : -1
  const from = (p: Pair): Pair => [((p[0] - centre[0]) * side) / width, (p[1] - centre[1]) / width]
  const frames = there[lead]!.flatMap((seen, i) => (seen ? [i] : []))
  const noses = pose.map((points) => points[NOSE]!).filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y))
  const head: Pair = noses.length ? from([median(noses.map((p) => p[0])), median(noses.map((p) => p[1]))]) : [NaN, NaN]
  const palm = frames.map((i) => {
    const hand = hands[lead]![i]!
    return from([mean(hand.map((p) => p[0])), mean(hand.map((p) => p[1]))])
  })
  const other = frames.map((i) => {
    const y = there[1 - lead]![i] ? hands[1 - lead]![i]![WRIST]![1] : pose[i]![WRISTS[1 - lead]!]![1]
    return (y - centre[1]) / width < RAISED
  })
  return { palm, head, other }
}

export const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]

/** 0 of nothing. */
export const mean = (values: readonly number[]): number => (values.length ? values.reduce((sum, v) => sum + v, 0) / values.length : 0)

export function median(values: readonly number[]): number {
  if (!values.length) return NaN
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}


/** The signing hand (21 points, picture heights) as this frame shows it, not mirrored; side −1 where a right palm must be mirrored to stand as it does. */
export function handOf(clip: Clip, frame: number): { points: Vec[]; side: 1 | -1 } | null {
  const seen = see(clip)
  const i = seen ? seen.frames.indexOf(frame) : -1
  if (i < 0) return null
  const { points, parts } = clip.frames[0]!.length === POSE.points.length * 3 ? POSE : LAYOUTS.hands!
  const all = points.map((_, k): Vec => [clip.frames[frame]![3 * k]! * clip.aspect, clip.frames[frame]![3 * k + 1]!, clip.frames[frame]![3 * k + 2]! * clip.aspect])
  // The one of both that `see` judged: the same, or the same in a mirror.
  const judged = seen!.hand[i]!
  for (const name of ['left_hand', 'right_hand'] as const) {
    const hand = all.slice(...parts[name]!)
    if (hand[WRIST]![1] !== judged[WRIST]![1] || Math.abs(hand[WRIST]![0]) !== Math.abs(judged[WRIST]![0])) continue
    return { points: hand, side: hand[WRIST]![0] === judged[WRIST]![0] ? 1 : -1 }
  }
  return null
}
