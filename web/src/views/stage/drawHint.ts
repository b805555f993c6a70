/** Draws a hint: the learner's hand with what is named in colour, and beside it, turned alike, how the sign is usually made. */

import type { Finger, Hint, Sign } from '../../engine/feedback'
import { handOf } from '../../engine/feedback/seen'
import { LAYOUTS } from '../../engine/layouts'
import type { Clip } from '../../engine/recognizer'

type Line = readonly [x: number, y: number][]

/** A hand's bones as lines, in one colour each; coordinates in a box 1 wide and high. */
export interface Drawing {
  hand: { line: Line; named: boolean }[]
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
  const usual = sign.hand.map(([x, y]): readonly [number, number] => [own.side * x!, y!])
  const seen = own.points.map(([x, y]): readonly [number, number] => [x, y])
  const flip = mirrored ? -1 : 1
  return { hand: bones(boxed(seen, flip), hint), usual: bones(boxed(usual, flip), hint) }
}

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

function boxed(points: readonly (readonly [number, number])[], flip: number): Line {
  const [xs, ys] = [points.map((p) => flip * p[0]), points.map((p) => p[1])]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top]
  const scale = (1 - 2 * MARGIN) / Math.max(wide, high, 1e-6)
  return points.map((_, i) => [0.5 + (xs[i]! - left - wide / 2) * scale, 0.5 + (ys[i]! - top - high / 2) * scale])
}
