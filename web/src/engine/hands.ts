/** Which detected hand is the signer's left and which the right: src/deepsign/perceive/hands.py's rules. */

import { LAYOUTS } from './layouts'

export type Side = 'left' | 'right'

/** One detected hand: points (21 × 3) in the picture's pixels, the tracker's belief of its side, and how sure it is. */
export interface Hand {
  points: Float32Array
  side: Side
  score: number
}

/** Two detections closer than this share of the hand's own extent are one hand found twice. */
const SAME_HAND = 0.35
const POINTS = 21
export const HANDS = LAYOUTS.hands!

/** The hands without second detections of the same one; the surer stays. Surest first. */
export function distinct(hands: readonly Hand[]): Hand[] {
  const kept: Hand[] = []
  for (const hand of [...hands].sort((a, b) => b.score - a.score)) if (kept.every((other) => apart(hand, other))) kept.push(hand)
  return kept
}

/** The label decides; where two hands carry one label the surer keeps it: a signer has one of each. */
export function sides(hands: readonly Hand[]): Partial<Record<Side, Hand>> {
  const [first, second] = distinct(hands)
  if (!first) return {}
  return { [first.side]: first, ...(second && { [first.side === 'left' ? 'right' : 'left']: second }) }
}

/** Landmarks (42 × 3) in the "hands" layout, as fractions of the picture; NaN = not seen. */
export function landmarksOf(hands: readonly Hand[], width: number, height: number): Float32Array {
  const out = new Float32Array(HANDS.points.length * 3).fill(NaN)
  const scale = [width, height, width]
  for (const [side, hand] of Object.entries(sides(hands))) {
    const at = HANDS.parts[`${side}_hand`]![0] * 3
    hand.points.forEach((v, i) => (out[at + i] = v / scale[i % 3]!))
  }
  return out
}

/** Whether any point was seen at all. */
export function seen(landmarks: Float32Array): boolean {
  return landmarks.some((v, i) => i % 3 < 2 && !Number.isNaN(v))
}

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
