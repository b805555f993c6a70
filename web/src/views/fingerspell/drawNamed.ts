/** Over the camera's picture: what a tip names of the hand, in a colour of its own. */

import { HANDS, SIDES } from '../../engine/hands'

/** What a tip is about: of feedback's hint. */
export interface Named {
  part: string
  finger: string | null
}

const FINGERS = { thumb: [1, 2, 3, 4], index: [5, 6, 7, 8], middle: [9, 10, 11, 12], ring: [13, 14, 15, 16], little: [17, 18, 19, 20] } as const
const PALM = [0, 1, 5, 9, 13, 17, 0] as const
/** Neither hand's colour, and plain on skin and on walls: dark below, light above. */
const [BELOW, ABOVE] = ['#3a0d5c', '#ffe14d']

/** The chains of points (of a hand's 21) that are named. */
export function namedOf({ part, finger }: Named): readonly (readonly number[])[] {
  if (part === 'orientation') return [PALM]
  if (part === 'thumb') return [FINGERS.thumb, ...(finger ? [FINGERS[finger as 'index']] : [])]
  if (part === 'fingers') return finger ? [FINGERS[finger as 'index']] : [FINGERS.index, FINGERS.middle, FINGERS.ring, FINGERS.little]
  return []
}

/** Draws them for each hand that is seen, over what is drawn already. */
export function drawNamed(canvas: HTMLCanvasElement, points: Float32Array, named: Named): void {
  const pen = canvas.getContext('2d')!
  const { width, height } = canvas
  const unit = Math.max(width, height) / 640
  const lines = new Path2D()
  for (const side of SIDES) {
    const from = HANDS.parts[`${side}_hand`]![0]
    if (Number.isNaN(points[3 * from]!)) continue
    for (const chain of namedOf(named)) chain.forEach((i, n) => lines[n ? 'lineTo' : 'moveTo'](points[3 * (from + i)]! * width, points[3 * (from + i) + 1]! * height))
  }
  pen.lineCap = pen.lineJoin = 'round'
  for (const [colour, thick] of [[BELOW, 14], [ABOVE, 8]] as const) {
    pen.strokeStyle = colour
    pen.lineWidth = thick * unit
    pen.stroke(lines)
  }
}
