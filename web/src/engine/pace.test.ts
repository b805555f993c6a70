import { expect, test } from 'vitest'

import { PaceKeeper } from './pace'

/** The pace after each of these seconds, with these speeds. */
const paces = (speeds: readonly number[]): string[] => {
  const keeper = new PaceKeeper()
  return speeds.map((speed, time) => keeper.note(speed, time))
}

test('a quick device looks at everything', () => {
  expect(new Set(paces(Array<number>(20).fill(12)))).toEqual(new Set(['live']))
})

test('a slow one spares the body first, and then looks afterwards', () => {
  expect(paces([0, 5, 5, 5, 5, 5, 5, 5, 5, 5])).toEqual(['live', 'live', 'live', 'live', 'live', 'sparing', 'sparing', 'sparing', 'sparing', 'later'])
})

test('a moment of slowness changes nothing, and what was spared stays so', () => {
  expect(new Set(paces([5, 5, 5, 20, 5, 5, 5, 20]))).toEqual(new Set(['live']))
  expect(paces([5, 5, 5, 5, 5, 20, 20, 20, 20, 20, 20]).at(-1)).toBe('sparing')
})
