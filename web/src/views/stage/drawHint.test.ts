/** The picture beside a tip: what is named is coloured, and the usual hand lies over the learner's as a ghost. */

import { expect, test } from 'vitest'

import type { Hint, Sign } from '../../engine/feedback'
import { hintDrawing } from './drawHint'

/** An upright right hand, 21 × [x, y, z], with the index finger straight (up to 1) or curled (up to `high`). */
const hand = (high: number): number[][] =>
  Array.from({ length: 21 }, (_, i) => {
    if (i === 0) return [0, 0, 0]
    const [finger, joint] = [Math.floor((i - 1) / 4), (i - 1) % 4]
    const far = finger === 1 && joint > 0 ? 0.4 + (high - 0.4) * (joint / 3) : 0.4 + 0.2 * joint
    return [0.1 * (finger - 2), -far, 0]
  })
/** Kept as a right palm: index finger on the other side. */
const SIGN: Sign = { signers: 5, median: [], spread: [], hand: hand(1).map(([x, y, z]) => [-x!, y!, z!]) }
const HINT: Hint = { part: 'fingers', finger: 'index', change: 'straighten', z: 5, frame: 0 }

function clipOf(points: number[][], turn = 0): { frames: Float32Array[]; times: number[]; aspect: number } {
  const frame = new Float32Array(42 * 3).fill(NaN)
  points.forEach(([x, y, z], i) =>
    frame.set([0.5 + 0.2 * (x! * Math.cos(turn) - y! * Math.sin(turn)), 0.8 + 0.2 * (x! * Math.sin(turn) + y! * Math.cos(turn)), z!], 3 * (21 + i)),
  )
  return { frames: [frame], times: [0], aspect: 1 }
}

test('the named finger is coloured in all three drawings, and lies elsewhere than the ghost of how it should be', () => {
  const { hand: own, ghost, usual } = hintDrawing(clipOf(hand(0.3)), HINT, SIGN, false)!
  for (const drawing of [own, ghost, usual]) expect(drawing.map(({ named }) => named)).toEqual([false, false, true, false, false, false])
  const far = (k: number): number => Math.max(...own[k]!.line.map(([x, y], i) => Math.hypot(x - ghost[k]!.line[i]![0], y - ghost[k]!.line[i]![1])))
  expect(far(2)).toBeGreaterThan(0.2)
  for (const k of [0, 1, 3, 4, 5]) expect(far(k)).toBeLessThan(0.02)
})

test('a hand that is turned gets its ghost turned alike, unless the turn is what is off', () => {
  const clip = clipOf(hand(1), 0.6)
  const gap = (part: Hint['part']): number => {
    const { hand: own, ghost } = hintDrawing(clip, { ...HINT, part }, SIGN, true)!
    return Math.hypot(...own[3]!.line.at(-1)!.map((v, axis) => v - ghost[3]!.line.at(-1)![axis]!))
  }
  expect(gap('fingers')).toBeLessThan(0.02)
  expect(gap('orientation')).toBeGreaterThan(0.2)
})

test('without a hand there is nothing to draw', () => {
  expect(hintDrawing({ frames: [new Float32Array(126).fill(NaN)], times: [0], aspect: 1 }, HINT, SIGN, false)).toBeNull()
  expect(hintDrawing(clipOf(hand(1)), HINT, null, false)).toBeNull()
})
