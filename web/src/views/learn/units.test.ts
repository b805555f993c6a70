import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import type { Tutorials } from '../../engine/tutorials'
import { next } from '../../store/progress'
import { isAsked, LOOK, THEMES, unitsOf, waitingIn } from './units'

const NOW = Date.UTC(2026, 0, 5)
const HOUR = 3_600_000
const made = (bundle: string, glosses: string[], leftOut: string[] = []): Tutorials =>
  ({ bundle, shown: new Map(glosses.map((gloss) => [gloss, {}])), leftOut: new Map(leftOut.map((gloss) => [gloss, 'why'])) }) as unknown as Tutorials

test('a unit offers to practise what Practise asks: signs that more than one person has shown', () => {
  const { signs } = JSON.parse(readFileSync('../src/deepsign/bundles/signs/reference.json', 'utf-8')) as { signs: Record<string, { signers: number }> }
  for (const [theme, glosses] of Object.entries(THEMES.signs!)) for (const gloss of glosses) expect([gloss, signs[gloss]!.signers > 1]).toEqual([gloss, theme !== LOOK])
})

test('themes first, then what they lack, in fives', () => {
  const units = unitsOf(made('signs', ['tea', 'hello', 'bye', 'moon', 'sun'], ['father']))
  expect(units.map(({ theme, glosses }) => [theme, glosses])).toEqual([
    ['first', ['hello']],
    ['cafe', ['tea']],
    [LOOK, ['bye']],
    ['', ['moon', 'sun', 'father']],
  ])
  expect(units.map(isAsked)).toEqual([true, true, false, true])
  expect(unitsOf(made('letters', [...'ABCDEFGHIJK'])).map(({ glosses }) => glosses.length)).toEqual([5, 6])
})

test('what waits is counted where most of it is; what is read, fresh, or of a bundle that is gone does not wait', () => {
  const old = next(undefined, 'skipped', NOW - HOUR)
  const known = new Map([
    ['signs/tea', old],
    ['letters/A', old],
    ['letters/B', old],
    ['read:signs/hello', old],
    ['gone/x', old],
    ['signs/hello', next(undefined, 'sure', NOW)],
  ])
  const all = [made('signs', []), made('letters', [])]
  expect(waitingIn(all, known, NOW)).toEqual({ bundle: 'letters', count: 2 })
  expect(waitingIn(all, known, NOW - 2 * HOUR)).toBeNull()
})
