/** Which detected hand is the signer's left and which the right: src/deepsign/perceive/hands.py's rules; and the landmarks made of them. */

import { LAYOUTS, type Layout } from './layouts'

export type Side = 'left' | 'right'
export const SIDES = ['left', 'right'] as const
export type LayoutName = 'hands' | 'hands_pose'

/** One detected hand: points (21 × 3) in the picture's pixels, the tracker's belief of its side, and how sure it is. */
export interface Hand {
  points: Float32Array
  side: Side
  score: number
}

type Point = readonly [x: number, y: number]
export type Wrists = Partial<Record<Side, Point>>

/** Two detections closer than this share of the hand's own extent are one hand found twice. */
const SAME_HAND = 0.35
/** A pose's wrist counts as seen from here on: src/deepsign/perceive/landmarker.py. */
const VISIBLE = 0.5
const POINTS = 21
export const HANDS = LAYOUTS.hands!
const HANDS_POSE = LAYOUTS.hands_pose!
const POSE_FROM = HANDS_POSE.parts.pose![0]

/** The hands without second detections of the same one; the surer stays. Surest first. */
export function distinct(hands: readonly Hand[]): Hand[] {
  const kept: Hand[] = []
  for (const hand of [...hands].sort((a, b) => b.score - a.score)) if (kept.every((other) => apart(hand, other))) kept.push(hand)
  return kept
}

/**
 * Where the body's wrists (px) were seen, the nearer one decides. Else the label does; where two hands carry one label
 * the surer keeps it: a signer has one of each.
 */
export function sides(hands: readonly Hand[], wrists: Wrists = {}): Partial<Record<Side, Hand>> {
  const [first, second] = distinct(hands)
  if (!first) return {}
  const placed = byWrists(first, second, wrists)
  return placed ?? { [first.side]: first, ...(second && { [opposite(first.side)]: second }) }
}

/** null where the body doesn't say. */
function byWrists(a: Hand, b: Hand | undefined, { left, right }: Wrists): Partial<Record<Side, Hand>> | null {
  if (!left || !right) return null
  const far = (hand: Hand, wrist: Point): number => Math.hypot(hand.points[0]! - wrist[0], hand.points[1]! - wrist[1])
  if (!b) {
    const [l, r] = [far(a, left), far(a, right)]
    return Math.abs(l - r) < extent(a) / 2 ? null : { [l < r ? 'left' : 'right']: a }
  }
  const straight = far(a, left) + far(b, right)
  return straight <= far(a, right) + far(b, left) ? { left: a, right: b } : { left: b, right: a }
}

/** The wrists of a pose (33 × 4) that are seen, px. */
export function wristsOf(pose: Float32Array | null): Wrists {
  const found: Wrists = {}
  for (const side of SIDES) {
    const at = 4 * (HANDS_POSE.points.indexOf(`pose.${side}_wrist`) - POSE_FROM)
    if (pose && pose[at + 3]! >= VISIBLE) found[side] = [pose[at]!, pose[at + 1]!]
  }
  return found
}

/** Landmarks (P × 3) of a layout from detected hands and a pose (33 × 4), both px, as fractions of the picture; NaN = not seen. */
export function landmarksOf(name: LayoutName, hands: readonly Hand[], pose: Float32Array | null, width: number, height: number): Float32Array {
  const layout = LAYOUTS[name]!
  const out = new Float32Array(layout.points.length * 3).fill(NaN)
  const scale = [width, height, width]
  for (const [side, hand] of Object.entries(sides(hands, wristsOf(pose)))) {
    const at = layout.parts[`${side}_hand`]![0] * 3
    hand.points.forEach((v, i) => (out[at + i] = v / scale[i % 3]!))
  }
  const body = layout.parts.pose
  if (pose && body) for (let i = 0; i < 3 * (body[1] - body[0]); i++) out[3 * body[0] + i] = pose[4 * Math.floor(i / 3) + (i % 3)]! / scale[i % 3]!
  return out
}

/** The layout of landmarks that the page made. */
export const layoutOf = (landmarks: Float32Array): Layout => (landmarks.length === HANDS.points.length * 3 ? HANDS : HANDS_POSE)

/** Whether any point of a hand was seen: a body without hands signs nothing. */
export function seen(landmarks: Float32Array): boolean {
  const { parts } = layoutOf(landmarks)
  return SIDES.some((side) => {
    const [from, to] = parts[`${side}_hand`]!
    return landmarks.subarray(3 * from, 3 * to).some((v, i) => i % 3 < 2 && !Number.isNaN(v))
  })
}

/** Of two hands that show handshapes the one that leads alone; else the landmarks as they are. */
export function leading(landmarks: Float32Array, hand: Side | 'either'): Float32Array {
  if (hand === 'either' || layoutOf(landmarks) !== HANDS) return landmarks
  const of = (side: Side): [number, number] => HANDS.parts[`${side}_hand`]!.map((i) => 3 * i) as [number, number]
  if (SIDES.some((side) => Number.isNaN(landmarks[of(side)[0]]!))) return landmarks
  return landmarks.slice().fill(NaN, ...of(opposite(hand)))
}

/** Whether both shoulders were seen, inside the picture. */
export function seenBody(landmarks: Float32Array): boolean {
  return SIDES.every((side) => {
    const at = 3 * HANDS_POSE.points.indexOf(`pose.${side}_shoulder`)
    return [landmarks[at]!, landmarks[at + 1]!].every((v) => v >= 0 && v <= 1)
  })
}

const opposite = (side: Side): Side => (side === 'left' ? 'right' : 'left')

function apart(a: Hand, b: Hand): boolean {
  const gaps = Array.from({ length: POINTS }, (_, i) =>
    Math.hypot(a.points[3 * i]! - b.points[3 * i]!, a.points[3 * i + 1]! - b.points[3 * i + 1]!),
  ).sort((x, y) => x - y)
  return gaps[POINTS >> 1]! > SAME_HAND * Math.max(extent(a), extent(b))
}

/** The longer side of the hand's box, px. */
function extent(hand: Hand): number {
  const along = (axis: number): number => {
    const values = Array.from({ length: POINTS }, (_, i) => hand.points[3 * i + axis]!)
    return Math.max(...values) - Math.min(...values)
  }
  return Math.max(along(0), along(1))
}
