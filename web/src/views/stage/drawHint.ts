/** Draws a hint: the learner's hand with what is named in colour, how the sign is usually made laid over it as a ghost, and beside it alone. */

import type { Finger, Hint, Sign } from '../../engine/feedback'
import { handOf, MIDDLE, WRIST } from '../../engine/feedback/seen'
import { LAYOUTS } from '../../engine/layouts'
import type { Clip } from '../../engine/recognizer'

type Point = readonly [x: number, y: number]
type Line = readonly Point[]

/** A hand's bones as lines, in one colour each; coordinates in a box 1 wide and high. */
export interface Drawing {
  hand: { line: Line; named: boolean }[]
  ghost: { line: Line; named: boolean }[]
  usual: { line: Line; named: boolean }[]
}

const HAND = LAYOUTS.hand!
const PALM = [0, 1, 5, 9, 13, 17, 0]
const MARGIN = 0.06

/** The bones of both hands, each as large as its box; null where the hint has no hand to show. */
export function hintDrawing(clip: Clip, hint: Hint, sign: Sign | null, mirrored: boolean): Drawing | null {
  const own = handOf(clip, hint.frame)
  if (!own || !sign) return null
  // The usual hand is kept as a right palm: it is turned to the side that the learner's hand is of.
  const flip = mirrored ? -1 : 1
  const usual = sign.hand.map(([x, y]): Point => [flip * own.side * x!, y!])
  const seen = own.points.map(([x, y]): Point => [flip * x, y])
  const both = boxed([...seen, ...laidOn(seen, usual, hint.part !== 'orientation')])
  return { hand: bones(both.slice(0, seen.length), hint), ghost: bones(both.slice(seen.length), hint), usual: bones(boxed(usual), hint) }
}

/** One hand laid on another: wrist on wrist, the palm as long; turned alike, unless the turn is what is off. */
function laidOn(under: Line, hand: Line, turn: boolean): Line {
  const [from, to] = [palmOf(hand), palmOf(under)]
  const scale = Math.hypot(...to) / Math.max(Math.hypot(...from), 1e-6)
  const angle = turn ? Math.atan2(to[1], to[0]) - Math.atan2(from[1], from[0]) : 0
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  return hand.map(([x, y]) => {
    const [dx, dy] = [x - hand[WRIST]![0], y - hand[WRIST]![1]]
    return [under[WRIST]![0] + cos * dx - sin * dy, under[WRIST]![1] + sin * dx + cos * dy]
  })
}

const palmOf = (hand: Line): Point => [hand[MIDDLE]![0] - hand[WRIST]![0], hand[MIDDLE]![1] - hand[WRIST]![1]]

/** The chains of a hand: the palm's edge, then each finger; `named` for those that the hint is about. */
function bones(points: Line, hint: Hint): Drawing['hand'] {
  const chain = (finger: string): number[] => ['cmc', 'mcp', 'pip', 'ip', 'dip', 'tip'].map((joint) => HAND.points.indexOf(`hand.${finger}_${joint}`)).filter((i) => i >= 0)
  const along = (which: readonly number[]): Line => which.map((i) => points[i]!)
  const fingers = ['thumb', 'index', 'middle', 'ring', 'little'].map((finger) => ({ line: along(chain(finger)), named: isNamed(hint, finger) }))
  return [{ line: along(PALM), named: hint.part === 'orientation' }, ...fingers]
}

function isNamed({ part, finger, change }: Hint, which: string): boolean {
  if (part === 'thumb') return which === 'thumb' || (change === 'touch' && which === finger)
  if (part !== 'fingers') return false
  return finger ? which === (finger satisfies Finger) : which !== 'thumb'
}

function boxed(points: Line): Line {
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top]
  const scale = (1 - 2 * MARGIN) / Math.max(wide, high, 1e-6)
  return points.map((_, i) => [0.5 + (xs[i]! - left - wide / 2) * scale, 0.5 + (ys[i]! - top - high / 2) * scale])
}
