/** The quiz without a camera: a clip is played, and the learner says which sign it is. */

import { openManifest, type Label } from '../../engine/bundle'
import { problemOf, type Problem } from '../../engine/problems'
import { tutorialsOf, type Tutorial } from '../../engine/tutorials'
import { cards, isKept, record } from '../../store/progress'
import { anyOf, choices, queueOf } from './plan'

const CHOICES = 4

export class Quiz {
  loading = $state(true)
  problem = $state.raw<Problem | null>(null)
  target = $state.raw<Label | null>(null)
  tutorial = $state.raw<Tutorial | null>(null)
  among = $state.raw<readonly Label[]>([])
  /** What the learner has chosen; null: not yet. */
  chosen = $state.raw<Label | null>(null)
  right = $state(0)
  asked = $state(0)
  kept = $state(true)

  private labels: Label[] = []
  private shown: ReadonlyMap<string, Tutorial> = new Map()
  private queue: Label[] = []

  constructor(readonly bundle: string) {}

  async begin(): Promise<void> {
    this.problem = null
    this.loading = true
    try {
      const [manifest, tutorials] = await Promise.all([openManifest(this.bundle), tutorialsOf(this.bundle)])
      this.shown = tutorials.shown
      this.labels = manifest.labels.filter((label) => this.shown.has(label.gloss))
      this.queue = queueOf(this.labels, this.bundle, 'read', await cards(), Date.now())
      this.next()
    } catch (error) {
      this.problem = problemOf(error, 'bundle-failed')
    }
    this.loading = false
  }

  /** Plays the next sign: what is due and new first, then any. */
  next(): void {
    const label = this.queue.shift() ?? anyOf(this.labels, this.target?.gloss ?? null)
    if (!label || this.labels.length < 2) return
    this.target = label
    this.tutorial = this.shown.get(label.gloss)!
    this.among = choices(this.labels, label, CHOICES)
    this.chosen = null
  }

  async choose(label: Label): Promise<void> {
    if (this.chosen || !this.target) return
    this.chosen = label
    this.asked += 1
    const right = label === this.target
    if (right) this.right += 1
    await record({ bundle: this.bundle, gloss: this.target.gloss, skill: 'read' }, right ? 'sure' : 'skipped', Date.now())
    this.kept = isKept()
  }
}
