/** A word being spelled before the camera: which letter, how long it is held, what helps, how long it took. */

import { hintFor, referenceOf, type Hint, type Reference } from '../../engine/feedback'
import { problemOf, type Problem } from '../../engine/problems'
import { recognizerFor } from '../../engine/recognizers'
import { Speller, type Spelling } from '../../engine/spell'
import type { Recognizer } from '../../engine/recognizer'
import { tutorialsOf, type Tutorials } from '../../engine/tutorials'
import { LONGEST_WORD, spelled } from '../../engine/word'
import { database } from '../../store/db'
import { settings } from '../../store/settings.svelte'
import { Eyes } from '../stage/eyes.svelte'
import { drawNamed } from './drawNamed'

export const BUNDLE = 'letters'
/** The word that was spelled last is kept beside the settings. */
const KEPT = 'fingerspellWord'
/** A hand is shown for so long and nothing comes of it before a tip is given; a tip stands at least as long. s. */
const STUCK = 2
const STANDS = 3

export type Step = 'word' | 'spell' | 'done'
export type Made = 'done' | 'skipped'

/** What helps with the letter: the one thing to change, or else the letter that the hand shows instead, if it shows one. */
export interface Tip {
  letter: string
  looksLike: string | null
  hint: Hint | null
}

export class Session {
  readonly eyes = new Eyes()
  step = $state<Step>('word')
  problem = $state.raw<Problem | null>(null)
  ready = $state(false)
  /** The letters' pictures; null where the server gives none. */
  tutorials = $state.raw<Tutorials | null>(null)

  text = $state('')
  letters = $state.raw<string[]>([])
  /** What became of the letters so far. */
  made = $state.raw<Made[]>([])
  spelling = $state.raw<Spelling | null>(null)
  tip = $state.raw<Tip | null>(null)
  /** The picture of the letter is shown. */
  pictured = $state(true)
  /** Seconds from the first look to the last letter. */
  took = $state(0)

  private recognizer: Recognizer | null = null
  /** How each letter is usually made; null where the bundle doesn't say. */
  private reference: Reference | null = null
  private speller: Speller | null = null
  private began = -1
  private tipSince = 0
  private unwatch: (() => void) | null = null

  readonly spelled = $derived(spelled(this.text))
  readonly fits = $derived(this.spelled.letters.length > 0 && this.spelled.letters.length <= LONGEST_WORD)

  async load(): Promise<void> {
    this.problem = null
    const pictures = tutorialsOf(BUNDLE).catch(() => null)
    const kept = database()
      .then((db) => db.get('settings', KEPT))
      .catch(() => undefined)
    try {
      this.recognizer = await recognizerFor(BUNDLE)
      this.reference = await referenceOf(this.recognizer.manifest).catch(() => null) // letters can be told without
    } catch (error) {
      this.problem = problemOf(error, 'bundle-failed')
    }
    this.tutorials = await pictures
    const word = await kept
    if (!this.text && typeof word === 'string') this.text = word
    this.ready = true
  }

  get letter(): string | undefined {
    return this.letters[this.made.length]
  }

  /** Spells the word that was typed. */
  begin(): void {
    this.letters = this.spelled.letters
    void database()
      .then((db) => db.put('settings', this.text.trim(), KEPT))
      .catch(() => undefined)
    this.speller = new Speller(this.recognizer!, this.letters, settings.holdMs / 1000, settings.strictness)
    ;[this.made, this.spelling, this.tip, this.began, this.took] = [[], null, null, -1, 0]
    this.step = 'spell'
    this.unwatch?.()
    this.unwatch = this.eyes.watch('hands', (points, time, aspect) => this.see(points, time, aspect))
    if (this.eyes.mode === 'off') void this.eyes.start()
  }

  skip(): void {
    this.speller?.skip()
    this.on('skipped')
  }

  leave(): void {
    this.unwatch?.()
    this.eyes.stop()
    this.step = 'word'
  }

  private async see(points: Float32Array, time: number, aspect: number): Promise<void> {
    const speller = this.speller!
    if (this.step !== 'spell') return
    // At once, in the same moment as the hand itself: drawn later it would flicker.
    if (this.tip?.hint && this.eyes.overlay) drawNamed(this.eyes.overlay, points, this.tip.hint)
    if (this.began < 0) this.began = time
    const spelling = await speller.feed(points, time, aspect)
    if (speller !== this.speller || this.step !== 'spell') return
    this.spelling = spelling
    this.took = Math.max(1, Math.round(time - this.began))
    this.help(spelling, time)
    if (spelling.counted) this.on('done')
  }

  /** One tip at a time; it goes once the letter is being held, and stands for a while before another takes its place. */
  private help({ share, stuck, looksLike, clip }: Spelling, time: number): void {
    if (share > 0.3) this.tip = null
    const { letter, tip } = this
    if (stuck < STUCK || !letter || !clip || (tip && time - this.tipSince < STANDS)) return
    const hint = this.reference && hintFor(this.reference, letter, clip, looksLike)
    const same = tip?.looksLike === looksLike && tip.hint?.change === hint?.change && tip.hint?.finger === hint?.finger
    if (tip && same) return
    this.tip = { letter, looksLike, hint }
    this.tipSince = time
  }

  private on(made: Made): void {
    this.made = [...this.made, made]
    this.tip = null
    if (this.made.length < this.letters.length) return
    this.step = 'done'
    this.unwatch?.()
    this.eyes.stop()
  }
}
