import { expect, test } from 'vitest'

import { HANDS, landmarksOf, seen, sides, type Hand, type Side } from './hands'
import { back, place, viewsFor } from './views'

const hand = (x: number, side: Side, score: number): Hand => ({
  points: Float32Array.from({ length: 63 }, (_, i) => (i % 3 === 0 ? x + i : i % 3 === 1 ? 2 * i : 0.5)),
  side,
  score,
})

test('each hand goes to its own side, as fractions of the picture; the other stays unseen', () => {
  const points = landmarksOf([hand(100, 'right', 0.9)], 200, 400)
  const [right] = HANDS.parts.right_hand!
  expect(points[3 * right]).toBeCloseTo(0.5, 6)
  expect(points[3 * right + 4]).toBeCloseTo(8 / 400, 6)
  expect(points[3 * right + 2]).toBeCloseTo(0.5 / 200, 6)
  expect(points.slice(0, 63).every(Number.isNaN)).toBe(true)
  expect(seen(points)).toBe(true)
  expect(seen(landmarksOf([], 200, 400))).toBe(false)
})

test('two hands under one label: the surer keeps it', () => {
  const placed = sides([hand(0, 'left', 0.7), hand(500, 'left', 0.9)])
  expect(placed.left!.score).toBe(0.9)
  expect(placed.right!.score).toBe(0.7)
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
