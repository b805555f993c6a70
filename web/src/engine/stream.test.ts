import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { Hold, held, HOLD, type Moment } from './stream'

interface Case {
  name: string
  moving: string[]
  moments: [number, string | null, number][]
  segments: [string, number, number][]
}
// The same file that tests/test_stream.py reads.
const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/golden/hold.json', import.meta.url), 'utf8')) as Case[]

const moments = (of: Case): Moment[] => of.moments.map(([time, gloss, probability]) => ({ time, gloss, probability }))

test.each(GOLDEN)('$name: as in Python', (one) => {
  const found = held(moments(one), new Set(one.moving))
  expect(found.map((s) => [s.gloss, s.start, s.end])).toEqual(one.segments)
})

test('progress fills while a letter stands, and says since when', () => {
  const hold = new Hold()
  expect(hold.progress.gloss).toBeNull()
  for (const time of [1, 1 + HOLD / 2]) hold.feed({ time, gloss: 'B', probability: 0.9 })
  expect(hold.progress).toEqual({ gloss: 'B', since: 1, share: 0.5 })
  hold.feed({ time: 1 + 2 * HOLD, gloss: 'B', probability: 0.9 })
  expect(hold.progress.share).toBe(1)
})

test('what moves need not be held as long, and its progress says so', () => {
  const state = new Hold(new Set(['J']), 1)
  state.feed({ time: 0, gloss: 'J', probability: 1 })
  state.feed({ time: 0.1, gloss: 'J', probability: 1 })
  expect(state.progress.share).toBeCloseTo(0.5)
})
