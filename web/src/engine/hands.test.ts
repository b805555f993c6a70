import { expect, test } from 'vitest'

import { HANDS, landmarksOf, leading, layoutOf, seen, seenBody, sides, type Hand, type Side } from './hands'
import { LAYOUTS } from './layouts'
import { back, place, viewsFor } from './views'

const hand = (x: number, side: Side, score: number): Hand => ({
  points: Float32Array.from({ length: 63 }, (_, i) => (i % 3 === 0 ? x + i : i % 3 === 1 ? 2 * i : 0.5)),
  side,
  score,
})

test('each hand goes to its own side, as fractions of the picture; the other stays unseen', () => {
  const points = landmarksOf('hands', [hand(100, 'right', 0.9)], null, 200, 400)
  const [right] = HANDS.parts.right_hand!
  expect(points[3 * right]).toBeCloseTo(0.5, 6)
  expect(points[3 * right + 4]).toBeCloseTo(8 / 400, 6)
  expect(points[3 * right + 2]).toBeCloseTo(0.5 / 200, 6)
  expect(points.slice(0, 63).every(Number.isNaN)).toBe(true)
  expect(seen(points)).toBe(true)
  expect(seen(landmarksOf('hands', [], null, 200, 400))).toBe(false)
})

test('two hands under one label: the surer keeps it', () => {
  const placed = sides([hand(0, 'left', 0.7), hand(500, 'left', 0.9)])
  expect(placed.left!.score).toBe(0.9)
  expect(placed.right!.score).toBe(0.7)
})

/** A pose (33 × 4) whose points all stand at x, but for the wrists. */
const pose = (left: number, right: number, visible = 1): Float32Array => {
  const points = Float32Array.from({ length: 33 * 4 }, (_, i) => [50, 60, -7, 1][i % 4]!)
  points.set([left, 0, 0, visible], 4 * 15)
  points.set([right, 0, 0, visible], 4 * 16)
  return points
}

test('the body knows whose hand it is, whatever the label says', () => {
  const one = hand(100, 'left', 0.9)
  expect(Object.keys(sides([one], { left: [400, 0], right: [110, 0] }))).toEqual(['right'])
  expect(Object.keys(sides([one], { left: [110, 0], right: [110, 10] })), 'both wrists as near').toEqual(['left'])
  const pair = [one, hand(400, 'right', 0.7)]
  const crossed = sides(pair, { left: [390, 0], right: [90, 0] })
  expect([crossed.left!.points[0], crossed.right!.points[0]]).toEqual([400, 100])
  expect(sides(pair, { left: [390, 0] }).left!.points[0], 'one wrist says nothing').toBe(100)
})

test('hands and body stand in their places of 75 points; a wrist that is hardly visible decides nothing', () => {
  const layout = LAYOUTS.hands_pose!
  const points = landmarksOf('hands_pose', [hand(100, 'left', 0.9)], pose(900, 120), 200, 400)
  expect(points.length).toBe(75 * 3)
  expect(layoutOf(points)).toBe(layout)
  expect(points[3 * layout.parts.right_hand![0]]).toBeCloseTo(0.5, 6)
  const at = 3 * layout.points.indexOf('pose.nose')
  expect([...points.slice(at, at + 3)].map((v) => Math.round(1e4 * v))).toEqual([2500, 1500, -350])
  expect(points[3 * layout.points.indexOf('pose.right_wrist')]).toBeCloseTo(0.6, 6)
  const unsure = landmarksOf('hands_pose', [hand(100, 'left', 0.9)], pose(900, 120, 0.2), 200, 400)
  expect(unsure[3 * layout.parts.left_hand![0]]).toBeCloseTo(0.5, 6)
})

test('a body alone is no hand', () => {
  const alone = landmarksOf('hands_pose', [], pose(20, 120), 200, 400)
  expect([seen(alone), seenBody(alone)]).toEqual([false, true])
  const handOnly = landmarksOf('hands_pose', [hand(100, 'left', 0.9)], null, 200, 400)
  expect([seen(handOnly), seenBody(handOnly)]).toEqual([true, false])
})

test('one hand found twice is one hand', () => {
  expect(Object.keys(sides([hand(0, 'left', 0.7), hand(2, 'right', 0.9)]))).toEqual(['right'])
})

test.each(viewsFor(320, 240))('points of a view lead back to the picture: %o', (view) => {
  const placed = place(view, 320, 240)
  const [a, b, c, d, e, f] = placed.matrix
  const [x, y, z] = [40, 200, 7]
  const inView = Float32Array.of(a * x + c * y + e, b * x + d * y + f, z * Math.hypot(a, b))
  const [u, v, w] = back(inView, placed)
  expect([u, v, w].map((n) => Math.round(n! * 1000) / 1000)).toEqual([x, y, z])
})

test('small pictures are enlarged, large ones shrunk, and a crop gets its border first', () => {
  expect(place({ border: 0, turn: 0 }, 128, 100).height).toBe(256)
  expect(place({ border: 0, turn: 0 }, 4000, 2000).width).toBe(1280)
  expect(viewsFor(200, 200)[0]!.border).toBe(0.35)
  expect(viewsFor(1920, 1080)[0]!.border).toBe(0)
})

test('where both hands show, letters are read from the one that leads', () => {
  const both = landmarksOf('hands', [hand(100, 'right', 0.9), hand(10, 'left', 0.8)], null, 200, 400)
  const shown = (points: Float32Array): boolean[] => ['left_hand', 'right_hand'].map((part) => !Number.isNaN(points[3 * HANDS.parts[part]![0]]))
  expect(shown(leading(both, 'either'))).toEqual([true, true])
  expect(shown(leading(both, 'right'))).toEqual([false, true])
  expect(shown(leading(both, 'left'))).toEqual([true, false])
  expect(shown(both)).toEqual([true, true])
  const one = landmarksOf('hands', [hand(100, 'right', 0.9)], null, 200, 400)
  expect(shown(leading(one, 'left'))).toEqual([false, true]) // a hand is not taken away for being the other one
  const body = landmarksOf('hands_pose', [hand(100, 'right', 0.9), hand(10, 'left', 0.8)], null, 200, 400)
  expect(leading(body, 'left')).toBe(body)
})
