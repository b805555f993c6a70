import { expect, test } from 'vitest'

import type { Manifest } from './bundle'
import { HANDS } from './hands'
import { Speller, type Judge, type Spelling } from './spell'

const LABELS = ['A', 'B', 'J', 'none']
const judge: Judge = {
  manifest: {
    schema_version: 1, name: 'letters', task: 'handshape', sign_language: 'ase', input: { kind: 'landmarks', layout: 'hands', window: 0.3 },
    labels: LABELS.map((gloss) => ({ gloss, say: gloss, needs_motion: gloss === 'J', still_as: null })),
    decision: { temperature: 1, reject_below: 0.5, none_gloss: 'none', per_sign_accept: { A: 0.6, B: 0.6 }, false_accept: 0.05, top_k: 3 },
    model: { name: 'toy', params: 0 }, provenance: {}, files: {},
  } satisfies Manifest,
  /** Reads the last frame's little fingertip, where `hand` writes what it shows. */
  logits: ({ frames }) => Promise.resolve(Float32Array.from(LABELS, (_, i) => (i === Math.round(frames.at(-1)![3 * 41]! * 100) ? 6 : 0))),
}

/** A right hand that shows a letter, its wrist at x; null: no hand. */
function hand(letter: string | null, x = 0.5): Float32Array {
  const out = new Float32Array(3 * HANDS.points.length).fill(NaN)
  if (letter === null) return out
  for (let i = 21; i < 42; i++) out.set([x, 0.8 - (0.2 * (i - 21)) / 9, 0], 3 * i)
  out[3 * 41] = LABELS.indexOf(letter) / 100
  return out
}

type Show = [letter: string | null, seconds: number, x?: number]
async function spell(word: string, shows: Show[]): Promise<Spelling[]> {
  const speller = new Speller(judge, [...word], 0.5, 'normal')
  const said: Spelling[] = []
  let at = 0
  for (const [letter, seconds, x] of shows)
    for (let i = 0; i < Math.round(20 * seconds); i++) {
      said.push(await speller.feed(hand(letter, x), at, 1))
      at += 0.05
    }
  return said
}
const counted = (said: Spelling[]): number => said.filter((one) => one.counted).length

test('each letter counts once it was held, in the word\'s order', async () => {
  const said = await spell('AB', [['B', 1], ['A', 0.4], ['B', 0.4], ['A', 0.7], ['B', 0.7]])
  expect(counted(said)).toBe(2)
  expect(said.at(-1)!.index).toBe(2)
  expect(said.filter((one) => one.index === 0 && one.share > 0.7 && one.share < 1).length).toBeGreaterThan(0)
})

test('a letter that comes twice needs a small move', async () => {
  expect(counted(await spell('AA', [['A', 3]]))).toBe(1)
  expect((await spell('AA', [['A', 3]])).at(-1)).toMatchObject({ index: 1, again: true, share: 0 })
  expect(counted(await spell('AA', [['A', 1], ['A', 1, 0.65]]))).toBe(2)
  expect(counted(await spell('AA', [['A', 1], ['A', 1, 0.52]]))).toBe(1)
})

test('… or an open hand, or none', async () => {
  expect(counted(await spell('AA', [['A', 1], ['none', 0.4], ['A', 1]]))).toBe(2)
  expect(counted(await spell('AA', [['A', 1], [null, 0.3], ['A', 1]]))).toBe(2)
  expect(counted(await spell('AA', [['A', 1], [null, 0.1], ['A', 1]]))).toBe(1)
})

test('a letter that moves need not be held', async () => {
  expect(counted(await spell('JA', [['J', 0.3], ['A', 0.7]]))).toBe(2)
})

test('who shows another letter is told which, and how long nothing came of it', async () => {
  const [last] = (await spell('A', [['B', 3]])).slice(-1)
  expect(last).toMatchObject({ looksLike: 'B', share: 0, index: 0 })
  expect(last!.stuck).toBeGreaterThan(2.5)
  expect((await spell('A', [['B', 3], ['A', 0.3]])).at(-1)!.stuck).toBe(0)
  expect((await spell('A', [['B', 3], [null, 0.1]])).at(-1)!.stuck).toBe(0)
})

test('a skipped letter is behind, and a finished word stays so', async () => {
  const speller = new Speller(judge, ['A', 'B'], 0.5, 'normal')
  speller.skip()
  expect(speller.letter).toBe('B')
  speller.skip()
  expect(await speller.feed(hand('A'), 0, 1)).toMatchObject({ index: 2, counted: false })
})
