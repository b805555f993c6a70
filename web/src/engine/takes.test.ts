import { expect, test } from 'vitest'

import { LAYOUTS } from './layouts'
import { Takes, type Cut } from './takes'

const POINTS = LAYOUTS.hands_pose!.points
const LOW = 1.4
/** A signer whose right hand goes to each height (shoulder widths below the shoulders) in so many s, at 15 fps. */
function signer(ways: [height: number, seconds: number][], hand = true): Float32Array[] {
  const heights: number[] = []
  let from = LOW
  for (const [height, seconds] of ways) {
    const count = Math.round(15 * seconds)
    for (let i = 0; i < count; i++) heights.push(from + ((height - from) * i) / count)
    from = height
  }
  const put = (frame: Float32Array, name: string, x: number, y: number): void => frame.set([0.5 + 0.3 * x, 0.4 + 0.3 * y], 3 * POINTS.indexOf(name))
  return heights.map((height) => {
    const frame = new Float32Array(POINTS.length * 3).fill(NaN)
    put(frame, 'pose.left_shoulder', 0.5, 0)
    put(frame, 'pose.right_shoulder', -0.5, 0)
    put(frame, 'pose.left_wrist', 0.4, LOW)
    put(frame, 'pose.right_wrist', -0.4, height)
    if (hand) put(frame, 'right_hand.wrist', -0.4, height)
    return frame
  })
}
const cuts = (frames: Float32Array[], aspect = (_: number) => 1): Cut[] => {
  const takes = new Takes()
  return frames.flatMap((points, i) => takes.feed(points, i / 15, aspect(i)) ?? [])
}
const SIGN: [number, number][] = [[0.3, 0.4], [-0.2, 0.4], [0.3, 0.4], [LOW, 0.4], [LOW, 1]]

test('each sign between rests is a take, cut closely', () => {
  const found = cuts(signer([[LOW, 1], ...SIGN, ...SIGN]))
  expect(found.map((cut) => [cut.usable, cut.revises])).toEqual([[true, false], [true, false]])
  for (const { clip } of found) expect(clip.times.at(-1)! - clip.times[0]!).toBeLessThan(1.8)
})

test('a take that hardly shows a hand is not usable', () => {
  expect(cuts(signer([[LOW, 1], ...SIGN], false)).map((cut) => cut.usable)).toEqual([false])
})

test('a sign that goes on after a pause takes the place of its beginning', () => {
  const found = cuts(signer([[LOW, 1], [0, 0.4], [0, 0.35], [-0.5, 0.3], [0.2, 0.3], [LOW, 0.4], [LOW, 1]]))
  expect(found.map((cut) => cut.revises)).toEqual([false, true])
})

test('resting is no take, and a picture of another shape begins anew', () => {
  expect(cuts(signer([[LOW, 10]]))).toEqual([])
  expect(cuts(signer([[LOW, 1], ...SIGN]), (i) => (i < 25 ? 1 : 2))).toEqual([])
})

test('a take can be cut by hand, and nothing else is cut meanwhile', () => {
  const takes = new Takes()
  const [frames, found] = [signer([[LOW, 1], ...SIGN]), [] as Cut[]]
  expect(takes.mark()).toBeNull()
  frames.forEach((points, i) => {
    found.push(...[takes.feed(points, i / 15, 1) ?? []].flat())
    if (i === 15) expect([takes.mark(), takes.marking]).toEqual([null, true])
  })
  expect(found).toEqual([])
  const { clip } = takes.mark()!
  expect([clip.times[0], clip.times.at(-1)]).toEqual([1, (frames.length - 1) / 15])
  expect(takes.marking).toBe(false)
})
