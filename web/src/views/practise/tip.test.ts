/** What is said after an attempt that was not accepted, and what is drawn under it. */

import { expect, test } from 'vitest'

import { LAYOUTS } from '../../engine/layouts'
import type { Tutorial } from '../../engine/tutorials'
import { NOTHING_SEEN, type Verdict } from '../../engine/verify'
import type { Facts } from '../../texts/en/facts'
import { ghostOf, isLeftHanded, ownFigure } from './ownFigure'
import { kindOf, tellingFact } from './tip'

const FACTS: Facts = {
  signs: {
    mother: { shape: 'Open hand.', place: 'At the chin.', movement: 'Taps.' },
    father: { shape: 'Open hand.', place: 'At the forehead.', movement: 'Taps.' },
    fine: { shape: 'Open hand.', place: 'At the chin.', movement: 'Moves away.' },
    five: { shape: 'Five fingers.', place: 'In front.', movement: 'Held.' },
  },
}

test('the place tells two signs apart before shape and movement do', () => {
  expect(tellingFact(FACTS, 'signs', 'mother', 'father')).toBe('At the chin.')
  expect(tellingFact(FACTS, 'signs', 'mother', 'fine')).toBe('Taps.')
  expect(tellingFact(FACTS, 'signs', 'mother', 'five')).toBe('At the chin.')
  expect(tellingFact(FACTS, 'signs', 'mother', 'mother')).toBeNull()
  expect(tellingFact(FACTS, 'signs', 'mother', null)).toBeNull()
})

test('unseen, another sign, and not sure are three things', () => {
  const unsure: Verdict = { outcome: 'unsure', probability: 0.3, looksLike: null }
  expect([NOTHING_SEEN, unsure, { ...unsure, outcome: 'other' as const, looksLike: 'father' }].map(kindOf)).toEqual(['unseen', 'unsure', 'other'])
})

const { points: POINTS, parts } = LAYOUTS.hands_pose!
/** Shoulders `wide` (a share of the picture) apart about x, y, and one hand's wrist half as far to the side. */
function body(side: 'left' | 'right', x: number, y: number, wide: number): Float32Array {
  const out = new Float32Array(3 * POINTS.length).fill(NaN)
  out.set([x + wide / 2, y, 0], 3 * POINTS.indexOf('pose.left_shoulder'))
  out.set([x - wide / 2, y, 0], 3 * POINTS.indexOf('pose.right_shoulder'))
  for (let i = 0; i < 21; i++) out.set([x + wide / 4, y + wide / 4, 0], 3 * (parts[`${side}_hand`]![0] + i))
  return out
}

test('a left-handed attempt is known by its hand', () => {
  const clip = (side: 'left' | 'right') => ({ frames: [body(side, 0.5, 0.5, 0.3)], times: [0], aspect: 1 })
  expect([isLeftHanded(clip('left')), isLeftHanded(clip('right'))]).toEqual([true, false])
})

test("the sign lies under the learner's own attempt shoulder on shoulder, however far either stood from the camera", () => {
  const own = ownFigure({ frames: [body('right', 0.3, 0.7, 0.5)], times: [0], aspect: 4 / 3 }, 'hello')
  const reference = { layout: 'hands_pose', gloss: 'hello', frames: [body('right', 0.6, 0.4, 0.2)], times: [0], aspect: 1 } as unknown as Tutorial
  const ghost = ghostOf(reference, own.aspect)
  for (const name of ['pose.left_shoulder', 'pose.right_shoulder']) {
    const at = 3 * POINTS.indexOf(name)
    expect([...ghost.frames[0]!.slice(at, at + 2)]).toEqual([...own.frames[0]!.slice(at, at + 2)].map((v) => expect.closeTo(v, 5)))
  }
})
