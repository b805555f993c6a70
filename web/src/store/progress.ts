/**
 * What the learner knows and when to ask again: one FSRS card a sign and skill, in this browser's database. Where the
 * browser keeps nothing (private windows, a full disk), progress lasts as long as the page.
 */

import { createEmptyCard, fsrs, Rating, type Card, type CardInput, type Grade } from 'ts-fsrs'

import { database } from './db'
import { checkFile, type ProgressFile } from './progressFile'

/** Making a sign and understanding one are learnt apart. */
export type Skill = 'sign' | 'read'
export interface Key {
  bundle: string
  gloss: string
  skill?: Skill
}
/** Recognised at once; recognised after a tip; skipped; refused, though the learner thinks it was right. */
export type Outcome = 'sure' | 'tip' | 'skipped' | 'disputed'

/** A card as it is kept: ts-fsrs's, with times in ms since 1970. */
export type Kept = Omit<Card, 'due' | 'last_review' | 'elapsed_days'> & { due: number; last_review: number }
/** An answer that was given. */
export interface Review {
  key: string
  outcome: Outcome
  at: number
}

const GRADES: Record<Outcome, Grade> = { sure: Rating.Good, tip: Rating.Hard, skipped: Rating.Again, disputed: Rating.Hard }
/** ts-fsrs's published weights; 90 % of signs are to be remembered when they are asked again; nothing by chance. */
const SCHEDULE = fsrs({ request_retention: 0.9, enable_fuzz: false })

/** The name a card is kept under. */
export const nameOf = ({ bundle, gloss, skill = 'sign' }: Key): string => (skill === 'read' ? `read:${bundle}/${gloss}` : `${bundle}/${gloss}`)

export function keyOf(name: string): Required<Key> {
  const skill: Skill = name.startsWith('read:') ? 'read' : 'sign'
  const rest = skill === 'read' ? name.slice('read:'.length) : name
  const slash = rest.indexOf('/')
  return { bundle: rest.slice(0, slash), gloss: rest.slice(slash + 1), skill }
}

/** What was last read or written: what stands where the database fails. */
let remembered = new Map<string, Kept>()
/** Cards that the database lacks: it failed, or the browser emptied it. They are written with the next answer. */
const unkept = new Set<string>()
let lasting = true

/** Whether the browser keeps what is learnt; known after the first reading or writing. */
export const isKept = (): boolean => lasting

/** All cards by name. Never rejects. */
export async function cards(): Promise<ReadonlyMap<string, Kept>> {
  try {
    const store = (await database()).transaction('cards').store
    const [names, values] = await Promise.all([store.getAllKeys(), store.getAll()])
    const found = new Map(names.map((name, i) => [name, values[i] as Kept]))
    for (const name of remembered.keys()) if (!found.has(name)) unkept.add(name)
    for (const name of unkept) found.set(name, remembered.get(name)!)
    remembered = found
  } catch {
    lasting = false
  }
  return remembered
}

/** The cards that are due, longest waiting first. */
export async function due(now: number): Promise<Required<Key>[]> {
  const waiting = [...(await cards())].filter(([, card]) => card.due <= now)
  return waiting.sort(([, a], [, b]) => a.due - b.due).map(([name]) => keyOf(name))
}

/** Whether this sign was never asked. */
export const isNew = async (key: Key): Promise<boolean> => !(await cards()).has(nameOf(key))

/** Writes an answer down, and gives back the card that says when to ask again. Never rejects. */
export async function record(key: Key, outcome: Outcome, now: number): Promise<Kept> {
  const name = nameOf(key)
  const before = (await cards()).get(name)
  const after = next(before, outcome, now)
  remembered = new Map(remembered).set(name, after)
  unkept.add(name)
  await keep([{ key: name, outcome, at: now }], true)
  return after
}

/** Writes the cards that the database lacks, and these answers; those that aren't `fresh` may be there already. */
async function keep(reviews: readonly Review[], fresh: boolean): Promise<void> {
  const names = [...unkept]
  try {
    const transaction = (await database()).transaction(['cards', 'reviews'], 'readwrite')
    const store = transaction.objectStore('reviews')
    const known = new Set(fresh ? [] : ((await store.getAll()) as Review[]).map(same))
    await Promise.all([
      ...names.map((name) => transaction.objectStore('cards').put(remembered.get(name)!, name)),
      ...reviews.filter((one) => !known.has(same(one))).map((one) => store.add(one)),
      transaction.done,
    ])
    for (const name of names) unkept.delete(name)
    lasting = true
  } catch {
    lasting = false
  }
}

const same = (one: Review): string => `${one.at} ${one.key}`

/** The card after an answer. */
export function next(before: Kept | undefined, outcome: Outcome, now: number): Kept {
  const card: CardInput = before ? { ...before, elapsed_days: 0 } : createEmptyCard(now)
  const { due: again, last_review: last, ...rest } = SCHEDULE.next(card, now, GRADES[outcome]).card
  delete (rest as Partial<Card>).elapsed_days // ts-fsrs derives it from last_review
  return { ...rest, due: again.getTime(), last_review: last!.getTime() }
}

/** What was learnt, as a file to keep elsewhere. */
export async function exportProgress(now: number): Promise<string> {
  const all = await cards()
  const reviews = await database()
    .then((db) => db.getAll('reviews'))
    .catch(() => [])
  const file: ProgressFile = { schema_version: 1, kind: 'deepsign-progress', saved: now, cards: Object.fromEntries(all), reviews: reviews as Review[] }
  return `${JSON.stringify(file, null, 1)}\n`
}

/** Adds a file's progress to this browser's: of each card the one that was asked later stays. How many it brought. Throws Damaged. */
export async function importProgress(text: string): Promise<number> {
  const file = checkFile(text)
  const here = await cards()
  const later = Object.entries(file.cards).filter(([name, card]) => (here.get(name)?.last_review ?? -1) < card.last_review)
  remembered = new Map([...remembered, ...later])
  for (const [name] of later) unkept.add(name)
  await keep(file.reviews, false)
  return later.length
}

/** Forgets what this page remembers; the database is emptied by `forgetEverything`. */
export function forgetProgress(): void {
  remembered = new Map()
  unkept.clear()
}
