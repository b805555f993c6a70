/** The signs that Recognise answers with: which bundles there are, which is chosen, and what sees for it. */

import { checkBrowser } from '../../engine/browser'
import { listBundles, type Entry } from '../../engine/bundle'
import { problemOf, type Problem } from '../../engine/problems'
import { moves, type Recognizer } from '../../engine/recognizer'
import { recognizerFor } from '../../engine/recognizers'
import type { Tracker } from '../../engine/tracker'
import { settings } from '../../store/settings.svelte'
import { sharedTracker } from '../stage/eyes.svelte'

const PREFERRED = ['letters', 'digits'] // 0/O, 1/D, 2/V, 6/W and 9/F share a handshape

export abstract class Choice {
  /** The tracker and a bundle stand ready. */
  ready = $state(false)
  problem = $state.raw<Problem | null>(null)
  bundles = $state.raw<Entry[]>([])
  chosen = $state('')

  protected tracker: Tracker | null = null
  protected recognizer = $state.raw<Recognizer | null>(null)
  private loading: Promise<void> | null = null
  private choice = 0
  private wanted = ''

  /** Whether the chosen signs are movements; else they are held. */
  get moving(): boolean {
    return this.recognizer !== null && moves(this.recognizer)
  }

  /** The words for every sign that can be told, in the bundle's order. */
  get known(): string[] {
    const manifest = this.recognizer?.manifest
    return manifest?.labels.filter((x) => x.gloss !== manifest.decision.none_gloss).map((x) => x.say) ?? []
  }

  /** How a person reads a gloss. */
  say(gloss: string): string {
    return this.recognizer?.manifest.labels.find((x) => x.gloss === gloss)?.say ?? gloss
  }

  /** Loads what every answer needs; once, and again after a failure. */
  load(): Promise<void> {
    this.loading ??= this.loadAll().catch((error: unknown) => {
      this.loading = null
      this.fail(problemOf(error, 'tracker-failed'))
    })
    return this.loading
  }

  /** Answers with another bundle from now on; what stands in the page is answered anew. */
  async choose(name: string): Promise<void> {
    if (name === this.chosen && !this.problem) return
    const choice = ++this.choice
    this.problem = null
    this.wanted = name
    try {
      const recognizer = await recognizerFor(name)
      this.ready = this.tracker!.sees(recognizer.layout)
      await this.tracker!.prepare(recognizer.layout, settings.body)
      if (choice !== this.choice) return
      const sameLandmarks = recognizer.layout === this.recognizer?.layout
      this.take(recognizer)
      this.ready = true
      await this.again(sameLandmarks)
    } catch (error) {
      this.loading = null // trying again loads what was wanted
      this.ready = true
      this.fail(problemOf(error, 'bundle-failed'))
    }
  }

  /** Says what went wrong in the place of what was being done. */
  protected abstract fail(problem: Problem): void

  /** Forgets the answers of the signs that were chosen before. */
  protected abstract forget(): void

  /** Answers what stands in the page; its landmarks will do where they are what these signs are told by. */
  protected abstract again(sameLandmarks: boolean): Promise<void>

  private async loadAll(): Promise<void> {
    this.problem = null
    checkBrowser()
    const tracker = sharedTracker()
    this.bundles = await listBundles()
    const wanted = this.wanted || (PREFERRED.find((name) => this.bundles.some((b) => b.name === name)) ?? this.bundles[0]!.name)
    const [opened, recognizer] = await Promise.all([tracker, recognizerFor(wanted)])
    this.tracker = opened
    await opened.prepare(recognizer.layout, settings.body)
    this.take(recognizer)
    this.ready = true
  }

  private take(recognizer: Recognizer): void {
    this.recognizer = recognizer
    this.chosen = this.wanted = recognizer.manifest.name
    this.forget()
  }
}
