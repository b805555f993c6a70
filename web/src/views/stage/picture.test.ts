import { expect, test } from 'vitest'

import { LAYOUTS } from '../../engine/layouts'
import { faceOf } from './picture'

/** Points of a body, all out of sight but those that are told. */
function body(seen: Record<string, [number, number]>): Float32Array {
  const { points } = LAYOUTS.hands_pose!
  const found = new Float32Array(3 * points.length).fill(NaN)
  for (const [name, at] of Object.entries(seen)) found.set([...at, 0], 3 * points.indexOf(name))
  return found
}

const NOSE = { 'pose.nose': [0.5, 0.3] } satisfies Record<string, [number, number]>
const EARS = { 'pose.left_ear': [0.6, 0.3], 'pose.right_ear': [0.4, 0.3] } satisfies Record<string, [number, number]>
const SHOULDERS = { 'pose.left_shoulder': [0.8, 0.7], 'pose.right_shoulder': [0.3, 0.7] } satisfies Record<string, [number, number]>

test('a face is about the nose, as wide as ears or shoulders tell', () => {
  expect(faceOf(body({ ...NOSE, ...EARS }))).toEqual({ x: 0.5, y: expect.closeTo(0.3), radius: expect.closeTo(0.17) })
  expect(faceOf(body({ ...NOSE, ...SHOULDERS }))?.radius).toBeCloseTo(0.15)
  expect(faceOf(body({ ...NOSE, ...EARS, ...SHOULDERS }))?.radius).toBeCloseTo(0.17)
})

test('without a nose, or without ears and shoulders, nobody knows where the face is', () => {
  expect(faceOf(body({ ...EARS, ...SHOULDERS }))).toBeNull()
  expect(faceOf(body(NOSE))).toBeNull()
  expect(faceOf(new Float32Array(126))).toBeNull()
})
