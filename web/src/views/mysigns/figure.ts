/** A take as a line drawing: what it covers of the picture, and one frame's lines. */

import { LAYOUTS } from '../../engine/layouts'
import type { Clip } from '../../engine/recognizer'

const { edges, parts, points: POINTS } = LAYOUTS.hands_pose!
const HIPS = ['left', 'right'].map((side) => POINTS.indexOf(`pose.${side}_hip`))
/** The lines that are drawn: no hips, which a webcam only guesses. */
const DRAWN = edges.filter(([a, b]) => !HIPS.includes(a) && !HIPS.includes(b))
const PARTS = ['pose', 'left_hand', 'right_hand'] as const
export type Part = (typeof PARTS)[number]

/** Units of the drawing: thousandths of the picture's height. */
const SCALE = 1000
/** Room around, and the least the drawing covers. */
const [EDGE, LEAST] = [40, 500]

export const viewBoxOf = ({ frames, aspect }: Clip): string => {
  const used = [...new Set(DRAWN.flat())]
  const seen = frames.flatMap((frame) => used.map((i) => [frame[3 * i]! * aspect * SCALE, frame[3 * i + 1]! * SCALE] as const))
  const inside = seen.filter(([x, y]) => x >= 0 && x <= aspect * SCALE && y >= 0 && y <= SCALE)
  if (!inside.length) return `0 0 ${aspect * SCALE} ${SCALE}`
  const [left, right] = [Math.min(...inside.map(([x]) => x)), Math.max(...inside.map(([x]) => x))]
  const [top, bottom] = [Math.min(...inside.map(([, y]) => y)), Math.max(...inside.map(([, y]) => y))]
  const [width, height] = [Math.max(LEAST, right - left), Math.max(LEAST, bottom - top)].map((v) => v + 2 * EDGE) as [number, number]
  return [(left + right - width) / 2, (top + bottom - height) / 2, width, height].map(Math.round).join(' ')
}

/** A frame's lines, part by part; points that were not seen are left out. */
export function linesOf(frame: Float32Array, aspect: number): Record<Part, string> {
  const at = (i: number): string => `${Math.round(frame[3 * i]! * aspect * SCALE)} ${Math.round(frame[3 * i + 1]! * SCALE)}`
  const there = (i: number): boolean => !Number.isNaN(frame[3 * i])
  const of = (part: Part): string => {
    const [from, to] = parts[part]!
    return DRAWN.filter(([a, b]) => a >= from && a < to && there(a) && there(b)).map(([a, b]) => `M${at(a)}L${at(b)}`).join('')
  }
  return { pose: of('pose'), left_hand: of('left_hand'), right_hand: of('right_hand') }
}
