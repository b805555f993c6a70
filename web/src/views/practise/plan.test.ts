import { expect, test } from 'vitest'

import type { Label, Manifest } from '../../engine/bundle'
import { next } from '../../store/progress'
import { anyOf, askable, choices, nextDue, NEW_SIGNS, queueOf, soonest } from './plan'

const NOW = Date.UTC(2026, 0, 5)
const DAY = 86_400_000
const label = (gloss: string, needs_motion = false): Label => ({ gloss, say: gloss, needs_motion, still_as: null })
const labels = 'abcdefgh'.split('').map((gloss) => label(gloss))

test('signs without a bar, movements among handshapes, and signs told too rarely or shown by nobody or by one person are not asked, with the reason', () => {
  const manifest = {
    labels: [label('fine'), label('unmeasured'), label('rare'), label('barless'), label('odd'), label('lonely'), label('J', true), label('none')],
    decision: { none_gloss: 'none', per_sign_accept: { fine: 0.5, unmeasured: 0.5, rare: 0.5, odd: 0.5, lonely: 0.5, J: 0.5 } },
  } as unknown as Manifest
  const { asked, left } = askable(manifest, { fine: { recall: 0.6 }, rare: { recall: 0.59 } }, new Set(['odd']), { fine: { signers: 2 }, lonely: { signers: 1 } })
  expect(asked.map((x) => x.gloss)).toEqual(['fine', 'unmeasured'])
  expect(left.map((x) => [x.label.gloss, x.reason, x.recall])).toEqual([
    ['rare', 'quality', 0.59],
    ['barless', 'bar', null],
    ['odd', 'doubtful', null],
    ['lonely', 'alone', null],
    ['J', 'motion', null],
  ])
})

test('what is due comes first, longest waiting first, then at most five new signs', () => {
  const cards = new Map([
    ['toy/c', next(undefined, 'sure', NOW - 2 * DAY)],
    ['toy/b', next(undefined, 'sure', NOW - 3 * DAY)],
    ['toy/a', next(undefined, 'sure', NOW)],
  ])
  expect(queueOf(labels, 'toy', 'sign', cards, NOW).map((x) => x.gloss)).toEqual(['b', 'c', 'd', 'e', 'f', 'g', 'h'])
  expect(queueOf(labels, 'toy', 'read', cards, NOW)).toHaveLength(NEW_SIGNS)
  expect(nextDue(labels.slice(0, 1), 'toy', 'sign', cards)).toBeGreaterThan(NOW)
  expect(nextDue(labels, 'toy', 'read', cards)).toBeNull()
  expect(soonest(labels, 'toy', 'sign', cards).map((x) => x.gloss)).toEqual(['b', 'c', 'a', 'd', 'e', 'f', 'g', 'h'])
})

test('a random sign is another one, unless there is no other', () => {
  for (const chance of [0, 0.5, 0.999]) expect(anyOf(labels, 'a', () => chance)?.gloss).not.toBe('a')
  expect(anyOf([label('a')], 'a')?.gloss).toBe('a')
  expect(anyOf([], null)).toBeNull()
})

test('choices hold the right one once, and no word twice', () => {
  const twins = [...labels, { ...label('twin'), say: 'b' }]
  for (let i = 0; i < 50; i++) {
    const found = choices(twins, twins[1]!, 4)
    expect(found).toHaveLength(4)
    expect(new Set(found.map((x) => x.say)).size).toBe(4)
    expect(found).toContain(twins[1])
  }
  expect(choices(labels.slice(0, 2), labels[0]!, 4)).toHaveLength(2)
})
