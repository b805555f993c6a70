import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { clipOf, folded, pack, readVocabulary, Unreadable, writeVocabulary, type Take, type Vocabulary } from './vocabulary'

type Frames = (number | null)[][][]
interface Golden {
  layout: string
  clips: { frames: Frames; times: number[]; aspect: number; packed: Take; kept: Frames }[]
  file: Vocabulary
  refused: { name: string; where: (string | number)[]; to: unknown }[]
}
// The same file that tests/test_vocabulary_twins.py reads.
const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/golden/vocabulary.json', import.meta.url), 'utf8')) as Golden

const points = (frames: Frames): Float32Array[] => frames.map((frame) => Float32Array.from(frame.flat(), (v) => v ?? NaN))

test('takes are packed as Python packs them, and unpacked alike', () => {
  for (const { frames, times, aspect, packed, kept } of GOLDEN.clips) {
    const take = pack({ frames: points(frames), times, aspect }, 'x.mp4')
    expect(take).toEqual(packed)
    expect(clipOf(take, GOLDEN.layout)).toEqual({ frames: points(kept), times: packed.times, aspect: packed.aspect })
  }
})

test('what Python wrote is read, and written with nothing lost', () => {
  const read = readVocabulary(JSON.stringify(GOLDEN.file))
  expect(read).toEqual(GOLDEN.file)
  const written = writeVocabulary(read)
  expect(JSON.parse(written)).toEqual(GOLDEN.file)
  expect(written.endsWith('}\n')).toBe(true)
})

test.each(GOLDEN.refused)('refused, as Python refuses it: $name', ({ where, to }) => {
  const file = structuredClone(GOLDEN.file) as unknown as Record<string | number, never>
  const parent = where.slice(0, -1).reduce<Record<string | number, never>>((at, key) => at[key]!, file)
  if (to === null) delete parent[where.at(-1)!]
  else parent[where.at(-1)!] = to as never
  expect(() => readVocabulary(JSON.stringify(file))).toThrow(Unreadable)
})

test('what is no vocabulary at all is refused, and a newer one says its version', () => {
  for (const text of ['', '{', '[]', 'null', '"x"', '{"cards": []}']) expect(() => readVocabulary(text)).toThrow(Unreadable)
  try {
    readVocabulary(JSON.stringify({ ...GOLDEN.file, schema_version: 7 }))
  } catch (error) {
    expect((error as Unreadable).version).toBe(7)
  }
})

test('names are one however they are capitalised', () => {
  expect(folded('Straße')).toBe(folded('STRASSE'))
  expect(folded('PAPÁ')).toBe(folded('papá'))
  expect(folded('Ana')).not.toBe(folded('Anna'))
})
