/** The browser's database "deepsign": settings, progress and the learner's own signs. Nothing in it ever leaves by itself. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

/** Stores without a key path: their keys are given with `put(store, value, key)`, or counted up (reviews, takes). */
export interface Stores extends DBSchema {
  /** By the setting's name. */
  settings: { key: string; value: unknown }
  /** Schedules, by "bundle/gloss". */
  cards: { key: string; value: object }
  /** Every answer given, in order. */
  reviews: { key: number; value: object }
  /** The learner's own signs, by name. */
  signs: { key: string; value: object }
  /** Recordings of those signs, found by the sign's name. */
  takes: { key: number; value: { sign: string }; indexes: { sign: string } }
}

export const STORES = ['settings', 'cards', 'reviews', 'signs', 'takes'] as const

let opening: Promise<IDBPDatabase<Stores>> | null = null

/** The database, opened once. Rejects where the browser gives no storage; a later call tries again. */
export function database(): Promise<IDBPDatabase<Stores>> {
  opening ??= open().catch((error: unknown) => {
    opening = null
    throw error
  })
  return opening
}

// async, so that a browser which throws at once is heard like one that refuses later.
async function open(): Promise<IDBPDatabase<Stores>> {
  return openDB<Stores>('deepsign', 1, {
    upgrade(db) {
      for (const name of ['settings', 'cards', 'signs'] as const) db.createObjectStore(name)
      db.createObjectStore('reviews', { autoIncrement: true })
      db.createObjectStore('takes', { autoIncrement: true }).createIndex('sign', 'sign')
    },
    // Another tab deletes or renews the database, or the browser closed it: the next call opens it again.
    blocking: (_, __, event) => {
      ;(event.target as IDBDatabase).close()
      opening = null
    },
    terminated: () => {
      opening = null
    },
  })
}

/** Empties every store: what "delete everything here" does. */
export async function forgetEverything(): Promise<void> {
  const transaction = (await database()).transaction(STORES, 'readwrite')
  await Promise.all([...STORES.map((name) => transaction.objectStore(name).clear()), transaction.done])
}
