/** What stands in the way of seeing a signer, from landmarks that are made so. */

import { expect, test } from 'vitest'

import { LAYOUTS } from '../../engine/layouts'
import { Sight, type Advice } from './sight'

const ASPECT = 4 / 3
const BODY = LAYOUTS.hands_pose!

/** A body whose shoulders are `wide` (a share of the picture) apart around x, with a nose above them. */
function body(x: number, wide: number, y = 0.5): Float32Array {
  const points = new Float32Array(BODY.points.length * 3).fill(NaN)
  const put = (name: string, at: number[]): void => points.set(at, 3 * BODY.points.indexOf(name))
  put('pose.left_shoulder', [x + wide / 2, y, 0])
  put('pose.right_shoulder', [x - wide / 2, y, 0])
  put('pose.nose', [x, y - wide, 0])
  put('pose.right_wrist', [x, 0.9, 0])
  return points
}

/** A right hand whose wrist is at x, y and which is `high` (a share of the picture) upwards. */
function hand(x: number, y: number, high: number): Float32Array {
  const points = new Float32Array(42 * 3).fill(NaN)
  for (let i = 0; i < 21; i++) points.set([x, y - (high * i) / 20, 0], 3 * (21 + i))
  return points
}

/** What is said after `seconds` of this picture. */
function after(seconds: number, points: Float32Array, fps = 20, light = 200): Advice | null {
  const sight = new Sight()
  sight.light(light)
  for (let i = 0; i <= seconds * fps; i++) sight.note(points, i / fps, ASPECT)
  return sight.advice
}

test('a signer who sits well is told nothing', () => {
  expect(after(5, body(0.5, 0.3))).toBeNull()
  expect(after(5, hand(0.5, 0.8, 0.4))).toBeNull()
})

test.each([
  ['nobody', body(NaN, NaN), 'no-body', null],
  ['no hand', new Float32Array(126).fill(NaN), 'no-hand', null],
  ['near', body(0.5, 0.7), 'too-near', null],
  ['far', body(0.5, 0.1), 'too-far', null],
  ['cut off at the left', body(0.12, 0.25), 'cut-off', 'right'],
  ['cut off at the right', body(0.88, 0.25), 'cut-off', 'left'],
  ['too low', body(0.5, 0.3, 0.95), 'cut-off', 'up'],
  ['the head cut off', body(0.5, 0.3, 0.25), 'cut-off', 'down'],
  ['a small hand', hand(0.5, 0.5, 0.05), 'too-far', null],
  ['a large hand', hand(0.5, 1, 0.95), 'too-near', null],
  ['a hand over the edge', hand(0.5, 0.2, 0.4), 'cut-off', 'down'],
] as const)('%s', (_, points, hindrance, way) => {
  expect(after(3.5, points)).toEqual({ hindrance, way })
})

test('nothing is said of what passes', () => {
  expect(after(1, body(0.5, 0.7))).toBeNull()
  expect(after(2.5, body(NaN, NaN))).toBeNull()
})

test('darkness and slowness', () => {
  expect(after(2, body(0.5, 0.3), 20, 20)?.hindrance).toBe('dark')
  expect(after(6, body(0.5, 0.3), 5)?.hindrance).toBe('slow')
})

test("a hand far from the body's own wrist is somebody else's", () => {
  const points = body(0.4, 0.2)
  points.set([0.95, 0.3, 0], 3 * BODY.points.indexOf('right_hand.wrist'))
  expect(after(2, points)?.hindrance).toBe('two-people')
})
