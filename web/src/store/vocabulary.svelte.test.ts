import 'fake-indexeddb/auto'
import { beforeEach, expect, test } from 'vitest'

import type { Manifest } from '../engine/bundle'
import { bestOf } from '../engine/decide'
import { LAYOUTS } from '../engine/layouts'
import type { Clip } from '../engine/recognizer'
import type { Embedder } from '../engine/taught'
import { database, forgetEverything } from './db'
import { clipOf, readVocabulary, writeVocabulary } from './vocabulary'
import { OwnSigns } from './vocabulary.svelte'

const LAYOUT = 'hands_pose'
const WRIST = 3 * LAYOUTS[LAYOUT]!.points.indexOf('right_hand.wrist')

/** Embeds a clip as the mean direction of its wrist from the middle. */
class Base implements Embedder {
  embedded = 0
  readonly manifest: Manifest
  constructor(version = 'a', private readonly turn = 0) {
    this.manifest = {
      schema_version: 1, name: 'signs', task: 'isolated', sign_language: 'ase', input: { kind: 'landmarks', layout: LAYOUT, window: 4 },
      labels: [], decision: { temperature: 1, reject_below: 0, none_gloss: null, per_sign_accept: {}, false_accept: 0.05, top_k: 3 },
      model: { name: 'toy', params: 0 }, provenance: {}, files: { 'model.onnx': version.repeat(64) },
    }
  }
  embed({ frames }: Clip): Promise<Float32Array> {
    this.embedded++
    const angle = this.turn + Math.atan2(frames[0]![WRIST + 1]! - 0.5, frames[0]![WRIST]! - 0.5)
    return Promise.resolve(Float32Array.of(Math.cos(angle), Math.sin(angle)))
  }
}

/** A take whose wrist lies in this direction (degrees). */
function clip(degrees: number): Clip {
  const frame = new Float32Array(3 * LAYOUTS[LAYOUT]!.points.length).fill(NaN)
  const angle = (degrees * Math.PI) / 180
  frame.set([0.5 + 0.3 * Math.cos(angle), 0.5 + 0.3 * Math.sin(angle), 0], WRIST)
  return { frames: [frame, frame], times: [3, 3.1], aspect: 4 / 3 }
}

async function opened(base = new Base()): Promise<OwnSigns> {
  const own = new OwnSigns()
  await own.load(base)
  return own
}
async function teach(own: OwnSigns, name: string, ...degrees: number[]): Promise<void> {
  await own.add(name, await Promise.all(degrees.map((d) => own.take(clip(d), 'take'))))
}
const names = (own: OwnSigns): string[] => own.signs.map((sign) => `${sign.gloss} ${sign.takes.length}`)
const answer = async (own: OwnSigns, degrees: number): Promise<string | null> => bestOf(await own.taught().predict(clip(degrees)))?.gloss ?? null

beforeEach(() => forgetEverything())

test('signs are taught, known again after a reload, and told from what was not taught', async () => {
  const own = await opened()
  await teach(own, 'Good night', 0, 4, -4)
  await teach(own, 'PAPÁ', 90, 93)
  const again = await opened()
  expect(names(again)).toEqual(['Good night 3', 'PAPÁ 2'])
  expect([await answer(again, 6), await answer(again, 88), await answer(again, 200)]).toEqual(['Good night', 'PAPÁ', null])
  expect(again.file()).toEqual(own.file())
})

test('a sign is renamed, more takes join it, and it goes with its last take', async () => {
  const own = await opened()
  await teach(own, 'Grandma', 0, 2)
  await teach(own, ' grandma ', 4)
  expect(own.refuses('GRANDMA')).toBe('taken')
  expect(own.refuses('grandma', 'Grandma')).toBeNull()
  await own.rename('Grandma', 'Nana')
  expect(names(await opened())).toEqual(['Nana 3'])
  for (const { id } of own.signs[0]!.takes) await own.removeTake('Nana', id)
  expect(names(own)).toEqual([])
  expect(names(await opened())).toEqual([])
  expect([own.refuses(' '), own.refuses('None')]).toEqual(['empty', 'reserved'])
})

test('all can be deleted, and nothing is left', async () => {
  const own = await opened()
  await teach(own, 'A', 0, 1)
  await own.rest([await own.take(clip(200), 'resting')])
  expect((await opened()).resting).toHaveLength(1)
  await own.clear()
  expect([await (await database()).count('takes'), await (await database()).count('signs')]).toEqual([0, 0])
  expect((await opened()).resting).toBeNull()
})

test('what another view deleted is gone here too', async () => {
  const own = await opened()
  await teach(own, 'A', 0, 1)
  await forgetEverything()
  await own.load(new Base())
  expect(names(own)).toEqual([])
})

test('what is exported is imported by another, several people\'s takes in one sign', async () => {
  const mother = await opened()
  await teach(mother, 'Milk', 0, 3)
  await teach(mother, 'More', 90, 92)
  const file = readVocabulary(writeVocabulary(mother.file()))
  await forgetEverything()
  const child = await opened()
  await teach(child, 'MILK', 10, 12)
  expect(await child.bring(file)).toEqual({ fresh: ['More'], more: ['MILK'], again: 0 })
  expect(await child.bring(file)).toEqual({ fresh: [], more: [], again: 4 })
  expect(names(await opened())).toEqual(['MILK 4', 'More 2'])
  expect(await child.bring({ ...file, layout: 'hands' })).toBeNull()
})

test('takes that another version embedded are embedded anew, once', async () => {
  const own = await opened()
  await teach(own, 'A', 0, 3)
  await own.rest([await own.take(clip(100), 'resting')])
  const newer = new Base('b', 1)
  const again = await opened(newer)
  expect(newer.embedded).toBe(3)
  expect(again.file().base.sha256).toBe('b'.repeat(64))
  expect(await answer(again, 2)).toBe('A')
  const [kept] = again.signs[0]!.takes
  const embedding = await newer.embed(clipOf(kept!.take, LAYOUT))
  kept!.take.embedding.forEach((v, i) => expect(v).toBeCloseTo(embedding[i]!, 5))
})

test('what is wrong with takes is said', async () => {
  const own = await opened()
  await teach(own, 'Other', 90, 92)
  const takes = (...degrees: number[]) => Promise.all(degrees.map((d) => own.take(clip(d), 'take')))
  const good = { odd: [], apart: false, like: [], resting: false }
  expect(own.review('New', await takes(0, 2, 4))).toEqual(good)
  expect(own.review('New', await takes(0, 2, 180))).toEqual({ ...good, odd: [2] })
  expect(own.review('New', await takes(0, 120, 240)).apart).toBe(true)
  expect(own.review('New', await takes(70, 30, 31)).like).toEqual(['Other'])
  await own.rest(await takes(3))
  expect(own.review('New', await takes(0, 2, 4)).resting).toBe(true)
  expect(own.review('Other', await takes(90, 92)).resting).toBe(false)
})

test('a browser that keeps nothing still teaches', async () => {
  const own = await opened()
  const real = indexedDB.open
  const db = await database()
  db.close()
  ;(globalThis as { indexedDB: unknown }).indexedDB = { open: () => { throw new Error('refused') } }
  await teach(own, 'A', 0, 2)
  await own.load(new Base())
  expect([own.kept, names(own)]).toEqual([false, ['A 2']])
  ;(globalThis as { indexedDB: unknown }).indexedDB = { open: real }
})
