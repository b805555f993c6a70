/** The file that progress is exported to and imported from. Reading takes no defaults: what isn't as it must be is refused by name. */

import type { Kept, Review } from './progress'

export const SCHEMA_VERSION = 1

export interface ProgressFile {
  schema_version: 1
  kind: 'deepsign-progress'
  /** When it was written, ms since 1970. */
  saved: number
  cards: Record<string, Kept>
  reviews: Review[]
}

/** Why a file holds no progress: `newer` where a later DeepSign wrote it; `where` names the place that is not as it must be. */
export class Damaged extends Error {
  constructor(
    readonly reason: 'no-json' | 'other' | 'newer' | 'damaged',
    readonly where = '',
  ) {
    super(`${reason} ${where}`.trim())
    this.name = 'Damaged'
  }
}

type Check = (value: unknown) => boolean
const number: Check = (v) => typeof v === 'number' && Number.isFinite(v) && v >= 0
const count: Check = (v) => Number.isInteger(v) && (v as number) >= 0
const name: Check = (v) => typeof v === 'string' && /^(read:)?[^/]+\/.+$/.test(v)
const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

const CARD: Record<keyof Kept, Check> = {
  due: number, stability: number, difficulty: number, scheduled_days: number, learning_steps: count,
  reps: count, lapses: count, state: (v) => [0, 1, 2, 3].includes(v as number), last_review: number,
}
const REVIEW: Record<keyof Review, Check> = { key: name, outcome: (v) => ['sure', 'tip', 'skipped', 'disputed'].includes(v as string), at: number }
const WHOLE: Record<keyof ProgressFile, Check> = {
  schema_version: (v) => v === SCHEMA_VERSION, kind: (v) => v === 'deepsign-progress', saved: number, cards: isObject, reviews: Array.isArray,
}

/** A file's text → what it holds. Throws Damaged. */
export function checkFile(text: string): ProgressFile {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw new Damaged('no-json')
  }
  if (!isObject(raw) || raw.kind !== 'deepsign-progress') throw new Damaged('other')
  if (typeof raw.schema_version === 'number' && raw.schema_version > SCHEMA_VERSION) throw new Damaged('newer')
  shaped(raw, WHOLE, '')
  const file = raw as unknown as ProgressFile
  for (const [key, card] of Object.entries(file.cards)) {
    if (!name(key)) throw new Damaged('damaged', `cards.${key}`)
    shaped(card, CARD, `cards.${key}.`)
  }
  file.reviews.forEach((one, i) => shaped(one, REVIEW, `reviews.${i}.`))
  return file
}

function shaped(value: unknown, shape: Record<string, Check>, where: string): void {
  if (!isObject(value)) throw new Damaged('damaged', where.slice(0, -1))
  for (const [key, fits] of Object.entries(shape)) if (!(key in value) || !fits(value[key])) throw new Damaged('damaged', where + key)
  for (const key of Object.keys(value)) if (!(key in shape)) throw new Damaged('damaged', where + key)
}
