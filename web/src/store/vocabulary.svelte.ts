/** The learner's own signs: taught, opened for answering, exported and imported as one file, deleted. */

import type { LayoutName } from '../engine/hands'
import { decideBounds, leftOut, LEAST_LIKENESS, Prototypes } from '../engine/prototypes'
import type { Clip } from '../engine/recognizer'
import { Taught, type Embedder } from '../engine/taught'
import { clipOf, folded, NONE, pack, rounded, SCHEMA_VERSION, type Take, type TaughtSign, type Vocabulary } from './vocabulary'
import { forgetSign, forgetSigns, forgetTakes, keepResting, keepSign, readKept, renameSign, renewTakes, type TakeRecord } from './vocabularyKept'

/** The bundle whose embedding tells own signs apart: the one that `deepsign teach` begins with. */
export const BASE = 'signs'
/** What it takes, before it is there to say so. */
const LAYOUT: LayoutName = 'hands_pose'
/** What the file is called, in it and among the downloads. */
const NAME = 'mysigns'
/** Until a sign is taught, nothing decides. */
const UNDECIDED = { reject_below: 1, sharpness: 1 }

export interface OwnTake {
  /** The database's key; below 0 where the browser keeps nothing. */
  id: number
  take: Take
}
export interface OwnSign {
  gloss: string
  say: string
  made: number
  takes: OwnTake[]
}

/** What is to be said of a sign's takes. */
export interface Review {
  /** Takes (from 0) that are unlike all the others. */
  odd: number[]
  /** Most of them are unlike any other: they hardly show one sign. */
  apart: boolean
  /** Other signs that a take is nearer to than to its own. */
  like: string[]
  /** Something that was done while resting is taken for it. */
  resting: boolean
}

/** Why a name can't be a sign's. */
export type NameProblem = 'empty' | 'taken' | 'reserved' | null

/** What came of an import: signs that are new, signs that got more takes, and takes that were there already. */
export interface Brought {
  fresh: string[]
  more: string[]
  again: number
}

export class OwnSigns {
  signs = $state.raw<OwnSign[]>([])
  /** What was done between signs; null: never recorded. */
  resting = $state.raw<Take[] | null>(null)
  /** Whether this browser keeps them. */
  kept = $state(true)
  loaded = $state(false)
  /** Resolves once signs can be taught and told apart: what is asked before waits for it. */
  readonly opened: Promise<void>
  private isOpened!: () => void

  private base: Embedder | null = null
  private next = -1

  constructor() {
    this.opened = new Promise((resolve) => (this.isOpened = resolve))
  }

  /**
   * Reads what is kept, which another view or tab may have changed; takes that another version of the bundle embedded
   * are embedded anew. Where the browser keeps nothing, what is here stays.
   */
  async load(base: Embedder): Promise<void> {
    this.base = base
    if (this.kept) await this.read()
    this.loaded = true
    this.isOpened()
  }

  private async read(): Promise<void> {
    try {
      const { signs, resting } = await readKept()
      const stale: (TakeRecord & { id: number })[] = []
      const current = async (record: Omit<TakeRecord, 'sign'>): Promise<Take> =>
        record.base === this.sha256 ? record.take : this.embedded(record.take, record.layout)
      const found: OwnSign[] = []
      for (const { takes, ...sign } of signs) {
        const fresh: OwnTake[] = []
        for (const record of takes) {
          const take = await current(record)
          if (take !== record.take) stale.push({ ...record, take, base: this.sha256 })
          fresh.push({ id: record.id, take })
        }
        found.push({ ...sign, takes: fresh })
      }
      this.signs = found
      this.resting = resting && (await Promise.all(resting.map(current)))
      if (stale.length) await renewTakes(stale)
    } catch {
      this.kept = false
    }
  }

  get layout(): LayoutName {
    return (this.base?.manifest.input.layout ?? LAYOUT) as LayoutName
  }

  private get sha256(): string {
    return this.base!.manifest.files['model.onnx']!
  }

  /** The file. */
  file(): Vocabulary {
    const signs = this.signs.map(
      ({ gloss, say, takes }): TaughtSign => ({ gloss, say, clips: takes.map(({ take }) => ({ ...take, embedding: [...take.embedding] })) }),
    )
    const { manifest } = this.base!
    return {
      schema_version: SCHEMA_VERSION,
      name: NAME,
      sign_language: manifest.sign_language,
      layout: this.layout,
      base: { name: manifest.name, sha256: this.sha256 },
      signs,
      decision: decisionOf(this.signs, this.layout),
    }
  }

  /** Opened for answering; there must be a sign. */
  taught(): Taught {
    return new Taught(this.base!, this.file())
  }

  /** Why no new sign can have this name; `own` is the name it has now. */
  refuses(name: string, own: string | null = null): NameProblem {
    const plain = folded(tidy(name))
    if (!plain) return 'empty'
    if (plain === NONE) return 'reserved'
    return this.signs.some((sign) => sign.gloss !== own && folded(sign.gloss) === plain) ? 'taken' : null
  }

  /** A clip as it is kept, with the embedding of what is kept. */
  async take(clip: Clip, source: string): Promise<Take> {
    await this.opened
    return this.embedded(pack(clip, source), this.layout)
  }

  private async embedded(take: Take, layout: string): Promise<Take> {
    const embedding = await this.base!.embed(clipOf(take, layout))
    return { ...take, embedding: Array.from(embedding, rounded) }
  }

  /** What is to be said of these takes of a sign, before or after it is added. */
  review(gloss: string, takes: readonly Take[]): Review {
    const rows = takes.map((take) => take.embedding)
    const likeness = leftOut(rows)
    const others = this.signs.filter((sign) => sign.gloss !== gloss)
    const alone = likeness.flatMap((v, i) => (v < LEAST_LIKENESS ? i : []))
    const apart = alone.length > likeness.length / 2
    const odd = apart ? [] : alone
    const rest = new Prototypes(others.map(rowsOf), { rejectBelow: 0, sharpness: 1 })
    const like = rows.flatMap((row, i) => {
      const all = rest.likeness(row)
      const most = Math.max(...all)
      return most > (likeness[i] ?? 1) && !odd.includes(i) ? others[all.indexOf(most)]!.say : []
    })
    return { odd, apart, like: [...new Set(like)].sort(), resting: this.restsAs(rows, others) }
  }

  private restsAs(rows: readonly number[][], others: readonly OwnSign[]): boolean {
    const all = [...others.map(rowsOf), rows]
    const opened = new Prototypes(all, decideBounds(all, this.layout))
    return (this.resting ?? []).some((take) => {
      const logits = opened.logits(take.embedding)
      return logits.indexOf(Math.max(...logits)) === others.length
    })
  }

  /** Adds takes to the sign of this name, which is made if it isn't there. */
  async add(name: string, takes: readonly Take[], say = name): Promise<void> {
    const there = this.signs.find((sign) => folded(sign.gloss) === folded(tidy(name)))
    const record = { say: there?.say ?? tidy(say), made: there?.made ?? Date.now() + this.signs.length }
    const gloss = there?.gloss ?? tidy(name)
    const kept = takes.map((take) => ({ take, layout: this.layout, base: this.sha256 }))
    const ids = await this.keep(() => keepSign(gloss, record, kept))
    const added = takes.map((take, i): OwnTake => ({ id: ids?.[i] ?? this.next--, take }))
    if (there) this.signs = this.signs.map((sign) => (sign === there ? { ...sign, takes: [...sign.takes, ...added] } : sign))
    else this.signs = [...this.signs, { gloss, ...record, takes: added }]
  }

  async rename(gloss: string, name: string): Promise<void> {
    const to = tidy(name)
    await this.keep(() => renameSign(gloss, to, to))
    this.signs = this.signs.map((sign) => (sign.gloss === gloss ? { ...sign, gloss: to, say: to } : sign))
  }

  /** Deletes one take; the last one takes its sign along. */
  async removeTake(gloss: string, id: number): Promise<void> {
    const sign = this.signs.find((one) => one.gloss === gloss)!
    if (sign.takes.length === 1) return this.remove(gloss)
    await this.forget(() => forgetTakes([id]))
    this.signs = this.signs.map((one) => (one === sign ? { ...one, takes: one.takes.filter((take) => take.id !== id) } : one))
  }

  async remove(gloss: string): Promise<void> {
    await this.forget(() => forgetSign(gloss))
    this.signs = this.signs.filter((sign) => sign.gloss !== gloss)
  }

  async clear(): Promise<void> {
    await this.forget(forgetSigns)
    ;[this.signs, this.resting] = [[], null]
  }

  /** Keeps what was done between signs, in the place of what was. */
  async rest(takes: readonly Take[]): Promise<void> {
    await this.keep(() => keepResting(takes.map((take) => ({ take, layout: this.layout, base: this.sha256 }))))
    this.resting = [...takes]
  }

  /** Adds a file's signs to these: takes of a sign that is there join its own. Null: it was taught from other points. */
  async bring(file: Vocabulary): Promise<Brought | null> {
    await this.opened
    if (file.layout !== this.layout) return null
    const brought: Brought = { fresh: [], more: [], again: 0 }
    const known = file.base.sha256 === this.sha256
    for (const { gloss, say, clips } of file.signs) {
      const there = this.signs.find((sign) => folded(sign.gloss) === folded(gloss))
      const fresh = clips.filter((clip) => !there?.takes.some(({ take }) => take.points === clip.points))
      brought.again += clips.length - fresh.length
      if (!fresh.length) continue
      brought[there ? 'more' : 'fresh'].push(there?.say ?? say)
      const takes: Take[] = []
      for (const clip of fresh) takes.push(known ? clip : await this.embedded(clip, file.layout))
      await this.add(gloss, takes, say)
    }
    return brought
  }

  /** Deletes from the database, even where nothing more could be kept: what lies there from before must go, too. */
  private async forget(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      this.kept = false
    }
  }

  /** Does something to the database; from the first time on that it can't, signs last as long as the page. */
  private async keep<T>(work: () => Promise<T>): Promise<T | null> {
    if (!this.kept) return null
    try {
      return await work()
    } catch {
      this.kept = false
      return null
    }
  }
}

/** The page's one collection of own signs. */
export const ownSigns = new OwnSigns()

/** A name with single spaces and nothing that can't be seen. */
export const tidy = (name: string): string => name.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').trim()

const rowsOf = (sign: OwnSign): number[][] => sign.takes.map(({ take }) => take.embedding)

function decisionOf(signs: readonly OwnSign[], layout: string): Vocabulary['decision'] {
  if (!signs.length) return UNDECIDED
  const { rejectBelow, sharpness } = decideBounds(signs.map(rowsOf), layout)
  return { reject_below: rounded(rejectBelow), sharpness: rounded(sharpness) }
}
