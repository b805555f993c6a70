/** A practice session before the camera: one sign asked after another, each attempt judged, one tip at a time. */

import { attemptIn, attemptsAt, type Attempt, type Attempts, type Step, type Task } from '../../engine/attempts'
import { LONGEST } from '../../engine/boundaries'
import type { Entry, Label } from '../../engine/bundle'
import { hintFor, type Hint, type Reference } from '../../engine/feedback'
import { problemOf, type Problem } from '../../engine/problems'
import type { Clip } from '../../engine/recognizer'
import type { Tutorial } from '../../engine/tutorials'
import type { Verdict } from '../../engine/verify'
import { cards, isKept, isNew, record, type Outcome } from '../../store/progress'
import { settings } from '../../store/settings.svelte'
import { Eyes } from '../stage/eyes.svelte'
import { anyOf, nextDue, queueOf, SESSION, soonest, type NotAsked } from './plan'
import { sourceOf, type Source } from './source'

/** How long praise stands, and a clip plays before the learner's turn, ms. */
const PRAISE = 1500
const CLIP = 3000
/** After so many misses the slow clip; after so many the ways on. */
export const [SLOW_AFTER, WAYS_AFTER] = [2, 3]

export type Phase = 'loading' | 'show' | 'listen' | 'good' | 'over'

export class Lesson {
  readonly eyes = new Eyes()
  phase = $state<Phase>('loading')
  problem = $state.raw<Problem | null>(null)
  target = $state.raw<Label | null>(null)
  tutorial = $state.raw<Tutorial | null>(null)
  /** This sign was never asked before. */
  isNew = $state(false)
  /** What the learner is doing, as the last picture showed it. */
  step = $state.raw<Omit<Step, 'attempt'>>({ state: 'wait', share: 0 })
  /** The last attempt at this sign, unless it was right. */
  missed = $state.raw<{ verdict: Verdict; clip: Clip; hint: Hint | null } | null>(null)
  misses = $state(0)
  /** The clip is shown because the learner asked for it. */
  shown = $state(false)
  /** The clip is hidden until it is asked for. */
  fromMemory = $state(false)
  left = $state.raw<readonly NotAsked[]>([])
  asked = $state.raw<readonly Label[]>([])
  /** Signs done in this session, and how many were meant to come. */
  done = $state(0)
  planned = $state(0)
  fresh = $state(0)
  /** When one of these signs is due again, ms since 1970. */
  nextDue = $state<number | null>(null)
  /** Whether the browser keeps what is learnt. */
  kept = $state(true)
  /** From the end of the last attempt to the verdict in the page, ms. */
  verdictMs = $state<number | null>(null)

  /** How the signs are usually made, where the bundle knows. */
  reference = $state.raw<Reference | null>(null)
  private source = $state.raw<Source | null>(null)
  private queue: Label[] = []
  private attempts: Attempts | null = null
  private aspect = 0
  private before: string | null = null
  private counted: Attempt | null = null
  /** The sign was answered by a button, and the next one is on its way. */
  private leaving = false
  private begunAt = 0
  private timer = 0
  private unwatch = (): void => {}
  /** The camera was on when the last session ended, so the next one turns it on again. */
  private wasOn = false
  private closed = false

  constructor(
    private readonly entry: Entry,
    /** The signs that this session is about, where it is not about what is due. */
    private readonly wanted: readonly string[] = [],
  ) {}

  get bundle(): string {
    return this.entry.name
  }

  get moving(): boolean {
    return this.source?.judge.manifest.task === 'isolated'
  }

  /** The device is too slow to watch: signs are recorded at the learner's word, and looked at then. */
  get later(): boolean {
    return this.moving && this.eyes.pace === 'later'
  }

  /** How a person reads a gloss. */
  labelOf(gloss: string): Label | undefined {
    return this.source?.judge.manifest.labels.find((x) => x.gloss === gloss)
  }

  /** Loads the signs and asks the first one. */
  async begin(): Promise<void> {
    this.problem = null
    try {
      const source = await sourceOf(this.entry)
      if (this.closed) return
      this.source = source
      ;({ asked: this.asked, left: this.left, reference: this.reference } = source)
      this.unwatch = this.eyes.watch(source.judge.layout, (points, time, aspect) => this.look(points, time, aspect))
      await this.again()
    } catch (error) {
      this.problem = problemOf(error, 'bundle-failed')
    }
  }

  /** Begins a session: what is due and what is new; where there is neither and the learner wants to go on, what is due soonest. */
  async again(anyway = false): Promise<void> {
    const known = await cards()
    const wanted = this.asked.filter((label) => !this.begunAt && this.wanted.includes(label.gloss))
    this.queue = wanted.length ? wanted : queueOf(this.asked, this.bundle, 'sign', known, Date.now())
    if (!this.queue.length && anyway) this.queue = soonest(this.asked, this.bundle, 'sign', known)
    this.planned = this.queue.length
    this.done = this.fresh = 0
    this.begunAt = Date.now()
    if (this.queue.length) this.turnOn()
    await this.next()
  }

  private turnOn(): void {
    if (this.wasOn) void this.eyes.start()
    this.wasOn = false
  }

  /** Asks for any sign, on demand. */
  async random(): Promise<void> {
    const label = anyOf(this.asked, this.target?.gloss ?? null)
    if (!label) return
    if (this.phase === 'over') [this.begunAt, this.planned, this.done, this.fresh] = [Date.now(), 0, 0, 0]
    this.planned = Math.max(this.planned, this.done + 1)
    this.turnOn()
    await this.ask(label)
  }

  private async next(): Promise<void> {
    const spent = (Date.now() - this.begunAt) / 1000
    // What was skipped or just learnt is due again within minutes: it comes back while there is time.
    if (!this.queue.length && this.done) this.queue = queueOf(this.asked, this.bundle, 'sign', await cards(), Date.now()).filter(({ gloss }) => this.asking.has(gloss))
    const label = spent < SESSION ? this.queue.shift() : undefined
    if (label) return this.ask(label)
    this.clear('over')
    this.target = null
    // Nobody is watched who doesn't practise.
    this.wasOn ||= this.eyes.mode !== 'off'
    this.eyes.stop()
    this.nextDue = nextDue(this.asked, this.bundle, 'sign', await cards())
  }

  private readonly asking = new Set<string>()
  private async ask(label: Label): Promise<void> {
    const key = { bundle: this.bundle, gloss: label.gloss }
    const [tutorial, fresh] = await Promise.all([this.source!.tutorialOf(key.gloss).catch(() => null), isNew(key)])
    if (this.closed) return
    this.before = this.target?.gloss ?? null
    this.asking.add(label.gloss)
    this.clear('show')
    ;[this.target, this.tutorial, this.isNew, this.misses, this.shown] = [label, tutorial, fresh, 0, false]
    if (!tutorial || this.fromMemory) this.listen()
    else if (this.eyes.mode === 'on') this.wait(CLIP, () => this.listen())
  }

  /** The clip has been seen: the learner's turn. */
  listen(): void {
    if (this.phase !== 'show') return
    this.clear('listen')
  }

  /** The space bar, or the button that says the same. */
  press(): void {
    if (this.eyes.mode !== 'on') return
    if (this.phase === 'show') this.listen()
    if (this.phase === 'good') void this.next()
    else if (this.phase === 'listen' && this.later) this.record()
    else if (this.phase === 'listen') this.attempts?.press()
  }

  /** Begins a recording; the next time, or once no sign lasts longer, it is over and looked at. */
  private record(): void {
    if (this.step.state === 'looking') return
    if (this.step.state === 'recording') return void this.lookAfterwards()
    this.eyes.record()
    this.step = { state: 'recording', share: 0 }
    this.wait(1000 * LONGEST, () => void this.lookAfterwards())
  }

  private async lookAfterwards(): Promise<void> {
    const { source, target, eyes } = this
    if (!source || !target) return
    clearTimeout(this.timer)
    this.timer = 0
    this.step = { state: 'looking', share: 0 }
    const clip = await eyes.develop(source.judge.layout, (share) => (this.step = { state: 'looking', share }))
    const attempt = clip && (await attemptIn(source.judge, clip, this.taskOf(target)))
    if (this.closed || target !== this.target || this.phase !== 'listen') return
    this.step = { state: 'done', share: 0 }
    if (attempt) this.judged(attempt)
  }

  private taskOf({ gloss }: Label): Task {
    return { gloss, strictness: settings.strictness, hold: settings.holdMs / 1000 }
  }

  /** Shows the clip in the place of the last tip, if there is one; the sign counts as learnt with help. */
  show(): void {
    this.shown = true
    this.missed = null
  }

  skip(): Promise<void> {
    return this.phase === 'good' ? this.next() : this.leave('skipped')
  }

  /** The learner thinks the last attempt was right: written down here, and on to the next sign. */
  dispute(): Promise<void> {
    return this.leave('disputed')
  }

  /** Writes down how a sign ended, once however often the button is pressed, and goes on to the next. */
  private async leave(outcome: Outcome): Promise<void> {
    if (this.leaving) return
    this.leaving = true
    await this.answered(outcome)
    await this.next()
  }

  close(): void {
    this.closed = true
    this.clear('over')
    this.unwatch()
    this.eyes.stop()
  }

  private async look(points: Float32Array, time: number, aspect: number): Promise<void> {
    const { source, target } = this
    if (!source || !target) return
    if (this.phase === 'show' && !this.timer) return this.wait(CLIP, () => this.listen())
    if (this.phase !== 'listen') return
    if (this.later) {
      if (['wait', 'signing'].includes(this.step.state)) this.step = { state: 'ready', share: 0 }
      return
    }
    if (!this.attempts || this.aspect !== aspect) {
      this.attempts = attemptsAt(source.judge, aspect, this.taskOf(target), this.before)
      this.aspect = aspect
    }
    const attempts = this.attempts
    const { attempt, ...step } = await attempts.feed(points, time)
    if (attempts !== this.attempts || this.phase !== 'listen') return
    if (step.state !== this.step.state || step.share !== this.step.share) this.step = step
    if (attempt) this.judged(attempt)
  }

  private judged(attempt: Attempt): void {
    const revised = this.counted?.start === attempt.start
    this.counted = attempt
    const ended = this.eyes.began + 1000 * attempt.end
    requestAnimationFrame(() => (this.verdictMs = Math.round(performance.now() - ended)))
    if (attempt.verdict.outcome === 'accepted') {
      const helped = this.misses > 0 || this.shown
      this.clear('good')
      this.wait(PRAISE, () => void this.next())
      void this.answered(helped ? 'tip' : 'sure')
      return
    }
    this.missed = { verdict: attempt.verdict, clip: attempt.clip, hint: this.hintOf(attempt) }
    if (!revised) this.misses += 1
  }

  /** The one thing to change; null where nothing stands out, or the bundle has no reference. */
  private hintOf({ verdict, clip }: Attempt): Hint | null {
    return this.reference && this.target && hintFor(this.reference, this.target.gloss, clip, verdict.looksLike)
  }

  private async answered(outcome: Outcome): Promise<void> {
    const { target } = this
    if (!target) return
    this.done += 1
    const card = await record({ bundle: this.bundle, gloss: target.gloss }, outcome, Date.now())
    if (card.reps === 1) this.fresh += 1
    this.kept = isKept()
  }

  private clear(phase: Phase): void {
    clearTimeout(this.timer)
    this.timer = 0
    this.phase = phase
    this.leaving = false
    this.missed = this.attempts = this.counted = null
    this.step = { state: 'wait', share: 0 }
  }

  private wait(ms: number, then: () => void): void {
    clearTimeout(this.timer)
    this.timer = window.setTimeout(then, ms)
  }
}
