/** What My signs is doing: a list, a sign being taught take by take, the resting, a test; and what went wrong. */

import type { State } from '../../engine/boundaries'
import type { Prediction } from '../../engine/decide'
import { liveSigns, type Live } from '../../engine/live'
import { problemOf, type Problem } from '../../engine/problems'
import { recognizerFor } from '../../engine/recognizers'
import { Takes, type Cut } from '../../engine/takes'
import type { Taught } from '../../engine/taught'
import { folded, type Take } from '../../store/vocabulary'
import { BASE, ownSigns, tidy, type OwnSign, type Review } from '../../store/vocabulary.svelte'
import { readKept } from '../../store/vocabularyKept'
import { Eyes } from '../stage/eyes.svelte'

export type Step = 'list' | 'name' | 'takes' | 'resting' | 'ready' | 'try'

/** Takes that a sign is taught by, and that join it later; the fewest that tell how much it varies. */
const TAKES = 5
const MORE = 3
const FEWEST = 2
/** Seconds of what is done between signs. */
export const REST = 10

/** A place for a take; `kept` once it is among the sign's own. */
interface Slot {
  take: Take
  kept: boolean
}

export class Studio {
  readonly eyes = new Eyes()
  step = $state<Step>('list')
  problem = $state.raw<Problem | null>(null)
  /** Signs can be taught: the bundle stands ready and what is kept was read. */
  ready = $state(false)
  /** No sign is kept: there is nothing to wait for before the first one is begun. */
  bare = $state(false)

  name = $state('')
  /** Given once a visit. */
  consent = $state(false)
  slots = $state.raw<(Slot | null)[]>([])
  state = $state<State>('wait')
  /** The last movement showed no hand. */
  unseen = $state(false)
  marking = $state(false)
  review = $state.raw<Review | null>(null)
  /** Seconds of resting that are left. */
  left = $state(REST)
  prediction = $state.raw<Prediction | null>(null)
  /** The sign that is asked for; null: whatever one signs is answered. */
  asked = $state.raw<OwnSign | null>(null)

  private takes = new Takes()
  private lastSlot = -1
  private moved: Take[] = []
  private restBegan = -1
  private taught: Taught | null = null
  private live: { aspect: number; of: Live } | null = null
  private unwatch: (() => void) | null = null

  /** Opens what embeds takes, and what is kept. */
  async load(): Promise<void> {
    this.problem = null
    void readKept().then(
      ({ signs }) => (this.bare = !signs.length),
      () => (this.bare = true),
    )
    try {
      await ownSigns.load(await recognizerFor(BASE))
      this.ready = true
    } catch (error) {
      this.problem = problemOf(error, 'bundle-failed')
    }
  }

  get filled(): number {
    return this.slots.filter(Boolean).length
  }

  /** Whether what was recorded makes a sign, or adds to one. */
  get enough(): boolean {
    return this.filled >= (this.own ? 1 : FEWEST)
  }

  /** Back to the list; the camera goes off. Takes of a sign that has enough are kept. */
  async leave(): Promise<void> {
    if (this.step === 'takes' && this.enough) await this.save()
    this.unwatch?.()
    this.eyes.stop()
    this.step = 'list'
  }

  /** A new sign: its name first. */
  begin(): void {
    this.name = ''
    this.review = null
    this.step = 'name'
    this.watch()
  }

  /** The takes of the named sign: five of a new one, some more of one that is there. */
  record(more = false): void {
    this.slots = Array<null>(more ? MORE : TAKES).fill(null)
    this.again()
  }

  /** More takes for a sign that is there. */
  addTo(gloss: string): void {
    this.name = gloss
    this.watch()
    this.record(true)
  }

  /** One take anew. */
  async redo(index: number): Promise<void> {
    const slot = this.slots[index]
    const own = this.own
    const id = own?.takes.find(({ take }) => take.points === slot?.take.points)?.id
    if (slot?.kept && id !== undefined) await ownSigns.removeTake(own!.gloss, id)
    this.slots = this.slots.map((one, i) => (i === index ? null : one))
    this.again()
  }

  /** All takes of the named sign anew. */
  async anew(): Promise<void> {
    const own = this.own
    if (own) await ownSigns.remove(own.gloss)
    this.record()
  }

  private get own(): OwnSign | undefined {
    return ownSigns.signs.find((sign) => folded(sign.gloss) === folded(tidy(this.name)))
  }

  private again(): void {
    this.takes = new Takes()
    ;[this.lastSlot, this.unseen, this.marking, this.state] = [-1, false, false, 'wait']
    this.step = 'takes'
    if (this.eyes.mode === 'off') void this.eyes.start()
  }

  /** Begins or ends a take by hand. */
  async mark(): Promise<void> {
    const cut = this.takes.mark()
    this.marking = this.takes.marking
    if (cut) await this.put(cut)
  }

  /** What there is makes the sign; the resting follows where it was never recorded. */
  async finish(): Promise<void> {
    await this.save()
    this.look()
    if (ownSigns.resting === null) this.rest()
    else this.step = 'ready'
  }

  private async save(): Promise<void> {
    const fresh = this.slots.filter((slot) => slot && !slot.kept) as Slot[]
    this.slots = this.slots.map((slot) => slot && { ...slot, kept: true })
    if (fresh.length) await ownSigns.add(this.name, fresh.map((slot) => slot.take))
  }

  /** Looks at all takes of the sign, and tells of those that were recorded now. */
  private look(): void {
    const takes = this.own?.takes.map(({ take }) => take) ?? []
    const review = ownSigns.review(this.own?.gloss ?? '', takes)
    const odd = review.odd.map((i) => this.slots.findIndex((slot) => slot?.take.points === takes[i]!.points))
    this.review = { ...review, odd: odd.filter((i) => i >= 0) }
  }

  /** Ten seconds of what is done between signs. */
  rest(): void {
    this.takes = new Takes()
    ;[this.moved, this.restBegan, this.left] = [[], -1, REST]
    this.step = 'resting'
    this.watch()
    if (this.eyes.mode === 'off') void this.eyes.start()
  }

  skipResting(): void {
    this.step = 'ready'
  }

  /** Asks for one of the signs, another than the last where there is one. */
  ask(): void {
    const others = ownSigns.signs.filter((sign) => sign.gloss !== this.asked?.gloss)
    const among = others.length ? others : ownSigns.signs
    ;[this.asked, this.prediction] = [among[Math.floor(Math.random() * among.length)]!, null]
  }

  /** Nothing is asked for any longer. */
  free(): void {
    ;[this.asked, this.prediction] = [null, null]
  }

  /** Own signs before the camera. */
  test(): void {
    this.asked = null
    this.taught = ownSigns.taught()
    ;[this.live, this.prediction, this.state] = [null, null, 'wait']
    this.step = 'try'
    this.watch()
    if (this.eyes.mode === 'off') void this.eyes.start()
  }

  private watch(): void {
    this.unwatch?.()
    this.unwatch = this.eyes.watch(ownSigns.layout, (points, time, aspect) => this.see(points, time, aspect))
  }

  private async see(points: Float32Array, time: number, aspect: number): Promise<void> {
    if (this.step === 'try') return this.answer(points, time, aspect)
    if (this.step !== 'takes' && this.step !== 'resting') return
    const cut = this.takes.feed(points, time, aspect)
    this.state = this.takes.state
    if (this.step === 'takes') {
      if (cut) await this.put(cut)
      return
    }
    if (this.restBegan < 0) this.restBegan = time
    this.left = Math.max(0, Math.ceil(REST - (time - this.restBegan)))
    if (cut?.usable) this.moved.push(await ownSigns.take(cut.clip, 'resting'))
    if (time - this.restBegan >= REST && this.step === 'resting') await this.rested()
  }

  private async put(cut: Cut): Promise<void> {
    this.unseen = !cut.usable
    if (!cut.usable) {
      this.lastSlot = -1
      return
    }
    const at = cut.revises && this.lastSlot >= 0 ? this.lastSlot : this.slots.indexOf(null)
    if (at < 0) return
    const take = await ownSigns.take(cut.clip, `${tidy(this.name)} ${at + 1}`)
    this.lastSlot = at
    this.slots = this.slots.map((slot, i) => (i === at ? { take, kept: false } : slot))
    if (!this.slots.includes(null)) await this.finish()
  }

  private async rested(): Promise<void> {
    this.step = 'ready'
    await ownSigns.rest(this.moved)
    this.look()
  }

  private async answer(points: Float32Array, time: number, aspect: number): Promise<void> {
    if (this.live?.aspect !== aspect) this.live = { aspect, of: liveSigns(this.taught!, aspect) }
    const answer = await this.live.of.feed(points, time)
    this.state = answer.state ?? 'wait'
    this.prediction = answer.prediction ?? this.prediction
  }
}
