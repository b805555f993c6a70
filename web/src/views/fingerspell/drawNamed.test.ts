import { expect, test } from 'vitest'

import { LAYOUTS } from '../../engine/layouts'
import { namedOf } from './drawNamed'

const names = (part: string, finger: string | null): string[][] =>
  namedOf({ part, finger }).map((chain) => [...new Set(chain.map((i) => LAYOUTS.hand!.points[i]!.replace(/^hand\.|_.*/g, '')))])

test('what a tip names is what is coloured', () => {
  expect(names('fingers', 'middle')).toEqual([['middle']])
  expect(names('fingers', null)).toEqual([['index'], ['middle'], ['ring'], ['little']])
  expect(names('thumb', null)).toEqual([['thumb']])
  expect(names('thumb', 'little')).toEqual([['thumb'], ['little']])
  expect(names('orientation', null)).toEqual([['wrist', 'thumb', 'index', 'middle', 'ring', 'little']])
  expect(names('movement', null)).toEqual([])
})
