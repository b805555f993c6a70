import 'fake-indexeddb/auto'

import { beforeEach, expect, test, vi } from 'vitest'

import * as db from './db'
import { cards, due, exportProgress, forgetProgress, importProgress, isKept, isNew, keyOf, nameOf, next, record } from './progress'
import { Damaged } from './progressFile'

const NOW = Date.UTC(2026, 0, 5, 18)
const [MINUTE, DAY] = [60_000, 86_400_000]
const FATHER = { bundle: 'signs', gloss: 'father' }
const A = { bundle: 'letters', gloss: 'A' }

beforeEach(async () => {
  vi.restoreAllMocks()
  forgetProgress()
  await db.forgetEverything()
})

test('a sign is new until it was asked, and due again when its card says', async () => {
  expect(await isNew(FATHER)).toBe(true)
  const card = await record(FATHER, 'sure', NOW)
  expect(await isNew(FATHER)).toBe(false)
  expect(await due(NOW)).toEqual([])
  expect(await due(card.due)).toEqual([{ ...FATHER, skill: 'sign' }])
})

test('surer answers wait longer: skipped, after a tip, sure', () => {
  const after = (['skipped', 'tip', 'sure'] as const).map((outcome) => next(undefined, outcome, NOW).due - NOW)
  expect(after).toEqual([...after].sort((a, b) => a - b))
  expect(after[0]).toBeLessThanOrEqual(5 * MINUTE)
  let card = next(undefined, 'sure', NOW)
  const waits = Array.from({ length: 5 }, () => {
    const before = card.due
    card = next(card, 'sure', before)
    return card.due - before
  })
  expect(waits[1]).toBeGreaterThanOrEqual(DAY)
  expect(waits.at(-1)).toBeGreaterThan(14 * DAY)
})

test('the longest waiting comes first', async () => {
  await record(A, 'sure', NOW)
  await record(FATHER, 'skipped', NOW)
  expect((await due(NOW + DAY)).map((key) => key.gloss)).toEqual(['father', 'A'])
})

test('making and understanding a sign are two cards', async () => {
  await record({ ...FATHER, skill: 'read' }, 'sure', NOW)
  expect(await isNew(FATHER)).toBe(true)
  expect(keyOf(nameOf({ bundle: 'signs', gloss: 'a/b', skill: 'read' }))).toEqual({ bundle: 'signs', gloss: 'a/b', skill: 'read' })
})

test('an export read again is the same progress, and takes nothing away', async () => {
  await record(FATHER, 'tip', NOW)
  await record(A, 'sure', NOW)
  const file = await exportProgress(NOW)
  await record(A, 'sure', NOW + DAY)
  const later = (await cards()).get('letters/A')
  expect(await importProgress(file)).toBe(0)
  expect((await cards()).get('letters/A')).toEqual(later)
  forgetProgress()
  await db.forgetEverything()
  expect(await importProgress(file)).toBe(2)
  const again = JSON.parse(await exportProgress(NOW)) as unknown
  expect(again).toEqual(JSON.parse(file))
})

test.each([
  ['{', 'no-json', ''],
  ['[]', 'other', ''],
  ['{"kind": "deepsign-progress", "schema_version": 2}', 'newer', ''],
  ['{"kind": "deepsign-progress", "schema_version": 1}', 'damaged', 'saved'],
  ['{"kind": "deepsign-progress", "schema_version": 1, "saved": 1, "cards": {"signs/no": {"due": "soon"}}, "reviews": []}', 'damaged', 'cards.signs/no.due'],
  ['{"kind": "deepsign-progress", "schema_version": 1, "saved": 1, "cards": {}, "reviews": [], "more": 1}', 'damaged', 'more'],
])('a file that holds no progress changes nothing: %s', async (text, reason, where) => {
  await record(A, 'sure', NOW)
  const before = await exportProgress(NOW)
  const error = await importProgress(text).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(Damaged)
  expect(error).toMatchObject({ reason, where })
  expect(await exportProgress(NOW)).toBe(before)
})

test('where the browser keeps nothing, progress lasts as long as the page, and is kept once it can be', async () => {
  const broken = vi.spyOn(db, 'database').mockRejectedValue(new DOMException('full', 'QuotaExceededError'))
  await record(FATHER, 'sure', NOW)
  expect(isKept()).toBe(false)
  expect(await isNew(FATHER)).toBe(false)
  broken.mockRestore()
  await record(A, 'sure', NOW)
  expect(isKept()).toBe(true)
  forgetProgress()
  expect([...(await cards()).keys()].sort()).toEqual(['letters/A', 'signs/father'])
})

test('a database emptied by the browser takes nothing from the page that stands', async () => {
  await record(FATHER, 'sure', NOW)
  await db.forgetEverything()
  expect(await isNew(FATHER)).toBe(false)
})
