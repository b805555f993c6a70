import { expect, test } from 'vitest'

import { UNSEEN } from '../../engine/decide'
import type { LiveAnswer, Sign } from '../../engine/live'
import { NOTHING_HELD } from '../../engine/stream'
import { writeDown, type Written } from './written'

const made = (gloss: string | null, start: number): Sign => ({
  start,
  segment: gloss === null ? null : { gloss, start, end: start + 1, probability: 0.9 },
  prediction: UNSEEN,
})
const over = (sign: Sign | null): LiveAnswer => ({ prediction: null, progress: NOTHING_HELD, state: 'done', sign })
const holding = (gloss: string, since: number, share: number): LiveAnswer => ({
  prediction: UNSEEN,
  progress: { gloss, since, share },
  state: null,
  sign: null,
})

test('a sign that goes on after a pause takes its own first reading\'s place', () => {
  const list: Written[] = []
  for (const sign of [made('hello', 1), null, made('bye', 1), made('name', 4), made(null, 4), made(null, 6)]) writeDown(list, over(sign), -1)
  expect(list.map((x) => x.gloss)).toEqual(['bye'])
})

test('a letter counts once its hold is full, and once a hold', () => {
  const list: Written[] = []
  let counted = -1
  for (const share of [0.4, 1, 1]) counted = writeDown(list, holding('A', 2, share), counted)
  for (const share of [0.4, 1]) counted = writeDown(list, holding('A', 5, share), counted)
  expect(list).toEqual([
    { gloss: 'A', start: 2 },
    { gloss: 'A', start: 5 },
  ])
})
