import { expect, test } from 'vitest'

import type { Decision, Label } from './bundle'
import { bestOf, decide, probabilities } from './decide'

const label = (gloss: string, more: Partial<Label> = {}): Label => ({ gloss, say: gloss, needs_motion: false, still_as: null, ...more })
const LABELS = [label('I'), label('J', { needs_motion: true, still_as: 'I' }), label('A'), label('none')]
const DECISION: Decision = { temperature: 1, reject_below: 0.5, none_gloss: 'none', per_sign_accept: {}, false_accept: 0.05, top_k: 2 }

test('probabilities add up to one, and large logits do not overflow', () => {
  const p = probabilities([1000, 999, -1000], 1)
  expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  expect(p[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12)
})

test('a temperature above one makes the answer less sure', () => {
  expect(probabilities([2, 0], 2)[0]!).toBeLessThan(probabilities([2, 0], 1)[0]!)
})

test('the best are ranked, without "none", as many as asked for', () => {
  const answer = decide([5, 0, 1, 3], LABELS, DECISION, false)
  expect(answer.candidates.map((c) => c.gloss)).toEqual(['I', 'A'])
  expect(answer.known).toBe(true)
  expect(answer.needsMotion).toEqual([])
})

test('when "none" wins, or nothing is sure enough, it is not a sign I know', () => {
  expect(bestOf(decide([4, 0, 0, 5], LABELS, DECISION, false))).toBeNull()
  expect(decide([0.1, 0, 0, 0], LABELS, DECISION, false).known).toBe(false)
})

test('a still of I may be the start of J', () => {
  expect(decide([5, 0, 0, 0], LABELS, DECISION, true).needsMotion).toEqual(['J'])
  expect(decide([0, 0, 5, 0], LABELS, DECISION, true).needsMotion).toEqual([])
})
