import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { hintFor, readReference, type Hint, type Reference } from './feedback'
import { features } from './feedback/features'
import { see } from './feedback/seen'
import { LAYOUTS } from './layouts'

interface Case {
  name: string
  reference: 'shapes' | 'moving'
  gloss: string
  taken_for: string | null
  aspect: number
  times: number[]
  landmarks: (number | null)[][]
  features: (number | null)[]
  frame: number
  hint: Hint | null
}
// The same file that tests/test_feedback.py reads.
const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/golden/feedback.json', import.meta.url), 'utf8')) as {
  references: Record<Case['reference'], Reference>
  cases: Case[]
}
const clipOf = ({ landmarks, times, aspect }: Case) => ({ frames: landmarks.map((frame) => Float32Array.from(frame, (v) => v ?? NaN)), times, aspect })

test.each(GOLDEN.cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
  const clip = clipOf(one)
  const found = features(see(clip)!)
  found.values.forEach((value, i) => {
    const expected = one.features[i]!
    if (expected === null) expect(value, String(i)).toBeNaN()
    else expect(Math.abs(value - expected), String(i)).toBeLessThan(1e-6)
  })
  expect(found.frame).toBe(one.frame)
  expect(hintFor(GOLDEN.references[one.reference], one.gloss, clip, one.taken_for)).toEqual(one.hint)
})

test('no hand is said first, and of a sign that is not known nothing', () => {
  const empty = { frames: [new Float32Array(LAYOUTS.hands!.points.length * 3).fill(NaN)], times: [0], aspect: 1 }
  expect(hintFor(GOLDEN.references.shapes, 'Q', empty)).toMatchObject({ part: 'hand', change: 'show' })
  expect(hintFor(GOLDEN.references.shapes, 'Q', clipOf(GOLDEN.cases[0]!))).toBeNull()
})

test('a reference of another version is refused by name', () => {
  expect(() => readReference({ ...GOLDEN.references.shapes, features: ['bend'] }, 'toy')).toThrow('/bundles/toy/reference.json')
})
