import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { decideBounds, leftOut, Prototypes } from './prototypes'

interface Case {
  signs: number[][][]
  left_out: number[][]
  layout: string
  reject_below: number
  sharpness: number
  asked: number[][]
  likeness: number[][]
  logits: number[][]
}
// The same file that tests/test_vocabulary_twins.py reads.
const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/golden/prototypes.json', import.meta.url), 'utf8')) as Case[]

const alike = (got: readonly number[], want: readonly number[]): void => {
  expect(got.length).toBe(want.length)
  got.forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 9))
}

test.each(GOLDEN.map((one, i) => [i, one] as const))('golden case %i: as in Python', (_, one) => {
  one.signs.forEach((sign, s) => alike(leftOut(sign), one.left_out[s]!))
  const bounds = decideBounds(one.signs, one.layout)
  alike([bounds.rejectBelow, bounds.sharpness], [one.reject_below, one.sharpness])
  const opened = new Prototypes(one.signs, bounds)
  one.asked.forEach((row, i) => {
    alike(opened.likeness(row), one.likeness[i]!)
    alike(opened.logits(row), one.logits[i]!)
  })
})

test('an embedding of zeros is nobody\'s, and no reason to divide by it', () => {
  const opened = new Prototypes([[[1, 0]]], { rejectBelow: 0.7, sharpness: 10 })
  alike(opened.logits([0, 0]), [-7, 0])
})
