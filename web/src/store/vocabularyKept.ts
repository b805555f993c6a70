/** Own signs in this browser's database: each whole or not at all. */

import { database } from './db'
import type { Take } from './vocabulary'

/** A take and what it was embedded with. */
export interface TakeRecord {
  sign: string
  take: Take
  layout: string
  /** sha256 of the network that embedded it. */
  base: string
}

export interface SignRecord {
  say: string
  /** Signs stand in this order: ms since 1970, when it was taught. */
  made: number
}

/** What was done between signs. */
export interface RestingRecord {
  resting: Omit<TakeRecord, 'sign'>[]
}

export interface KeptSign extends SignRecord {
  gloss: string
  takes: (TakeRecord & { id: number })[]
}

/** No sign has this name: the resting is kept under it. */
const RESTING = ''

/** All that is kept, signs in order. Rejects where the browser keeps nothing. */
export async function readKept(): Promise<{ signs: KeptSign[]; resting: RestingRecord['resting'] | null }> {
  const transaction = (await database()).transaction(['signs', 'takes'])
  const [signs, takes] = [transaction.objectStore('signs'), transaction.objectStore('takes')]
  const [glosses, records, ids, values] = await Promise.all([signs.getAllKeys(), signs.getAll(), takes.getAllKeys(), takes.getAll()])
  const all = values.map((value, i) => ({ ...(value as TakeRecord), id: ids[i]! }))
  const found = glosses
    .map((gloss, i) => ({ gloss, ...(records[i] as SignRecord), takes: all.filter((take) => take.sign === gloss) }))
    .filter((sign) => sign.gloss !== RESTING && sign.takes.length)
  const rested = records[glosses.indexOf(RESTING)] as RestingRecord | undefined
  return { signs: found.sort((a, b) => a.made - b.made), resting: rested?.resting ?? null }
}

/** Keeps a sign and these takes of it beside those it has; the takes' ids. */
export async function keepSign(gloss: string, record: SignRecord, takes: readonly Omit<TakeRecord, 'sign'>[]): Promise<number[]> {
  const transaction = (await database()).transaction(['signs', 'takes'], 'readwrite')
  const store = transaction.objectStore('takes')
  const asked = takes.map((take) => store.add({ sign: gloss, ...take }))
  const [ids] = await Promise.all([Promise.all(asked), transaction.objectStore('signs').put(record, gloss), transaction.done])
  return ids
}

/** Puts takes that were embedded anew in the place of the old ones. */
export async function renewTakes(takes: readonly (TakeRecord & { id: number })[]): Promise<void> {
  const transaction = (await database()).transaction('takes', 'readwrite')
  await Promise.all([...takes.map(({ id, ...record }) => transaction.store.put(record, id)), transaction.done])
}

export async function forgetTakes(ids: readonly number[]): Promise<void> {
  const transaction = (await database()).transaction('takes', 'readwrite')
  await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done])
}

/** Forgets a sign with all its takes. */
export async function forgetSign(gloss: string): Promise<void> {
  const transaction = (await database()).transaction(['signs', 'takes'], 'readwrite')
  const takes = transaction.objectStore('takes')
  const ids = await takes.index('sign').getAllKeys(gloss)
  await Promise.all([transaction.objectStore('signs').delete(gloss), ...ids.map((id) => takes.delete(id)), transaction.done])
}

/** Gives a sign another name, its takes with it. */
export async function renameSign(from: string, to: string, say: string): Promise<void> {
  const transaction = (await database()).transaction(['signs', 'takes'], 'readwrite')
  const [signs, takes] = [transaction.objectStore('signs'), transaction.objectStore('takes')]
  const record = (await signs.get(from)) as SignRecord
  const [ids, values] = await Promise.all([takes.index('sign').getAllKeys(from), takes.index('sign').getAll(from)])
  const moved = ids.map((id, i) => takes.put({ ...values[i]!, sign: to }, id))
  if (from !== to) await signs.delete(from)
  await Promise.all([signs.put({ ...record, say }, to), ...moved, transaction.done])
}

export async function keepResting(resting: RestingRecord['resting']): Promise<void> {
  await (await database()).put('signs', { resting }, RESTING)
}

/** Forgets every sign, take and resting. */
export async function forgetSigns(): Promise<void> {
  const transaction = (await database()).transaction(['signs', 'takes'], 'readwrite')
  await Promise.all([transaction.objectStore('signs').clear(), transaction.objectStore('takes').clear(), transaction.done])
}
