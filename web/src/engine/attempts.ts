/**
 * Attempts at one sign, found in the camera's stream and judged as they end. Signs that move end by themselves
 * (boundaries.ts), handshapes count once held; or the learner says when.
 */

import type { Manifest } from './bundle'
import { Boundaries, LONGEST, LOOK_BACK, SHORTEST, spans, type State } from './boundaries'
import { seen } from './hands'
import type { Clip } from './recognizer'
import { Hold } from './stream'
import { judge, NOTHING_SEEN, type Strictness, type Verdict } from './verify'

/** What judges; `Recognizer` in the page, a stand-in in tests. */
export interface Judge {
  readonly manifest: Manifest
  logits(clip: Clip): Promise<Float32Array>
}

/** What is asked for, and how strictly. */
export interface Task {
  gloss: string
  strictness: Strictness
  /** How long a handshape is held until it counts, s. */
  hold: number
}

export interface Attempt {
  verdict: Verdict
  /** The attempt's own frames; times from the stream's start. */
  clip: Clip
  /** When the sign began, and when it was over: hands at rest, the hold full, or the learner's word. s. */
  start: number
  end: number
}

export interface Step {
  /** What the learner should do, or is doing. */
  state: State | 'recording' | 'looking'
  /** How much of the needed time a handshape has been held, 0 … 1. */
  share: number
  /** The attempt that has just ended. One with the start of the one before takes its place. */
  attempt: Attempt | null
}

/** Finds and judges attempts at a task. Await each step before the next frame is given. */
export interface Attempts {
  feed(points: Float32Array, at: number): Promise<Step>
  /** The learner says: "now". Of signs that move the first time begins one, the second ends it. */
  press(): void
}

/** Seconds that a hand is shown, and is nothing that is known, before the page says that it isn't sure. */
const UNSURE_AFTER = 3
/** Seconds without a hand after which the next handshape is a new try. */
const AWAY = 0.3

interface Frame {
  at: number
  points: Float32Array
}

const clipOf = (frames: readonly Frame[], aspect: number): Clip => ({ frames: frames.map((f) => f.points), times: frames.map((f) => f.at), aspect })

async function judged(by: Judge, clip: Clip, task: Task): Promise<Verdict> {
  return clip.frames.some(seen) ? judge(await by.logits(clip), by.manifest, task.gloss, task.strictness) : NOTHING_SEEN
}

/** What finds attempts at this task. `before`: what was asked before; a hand that still shows it is no try at this. */
export const attemptsAt = (by: Judge, aspect: number, task: Task, before: string | null = null): Attempts =>
  by.manifest.task === 'isolated' ? new MovedAttempts(by, aspect, task) : new HeldAttempts(by, aspect, task, before)

class MovedAttempts implements Attempts {
  private readonly boundaries: Boundaries
  private frames: Frame[] = []
  private pressed = false
  /** When the learner's own recording began, s. */
  private recording: number | null = null
  /** Until when what the boundaries find is known already, s. */
  private taken = -1

  constructor(
    private readonly by: Judge,
    private readonly aspect: number,
    private readonly task: Task,
  ) {
    this.boundaries = new Boundaries(aspect)
  }

  press(): void {
    this.pressed = true
  }

  async feed(points: Float32Array, at: number): Promise<Step> {
    const span = this.boundaries.feed(points, at)
    this.frames.push({ at, points })
    let attempt: Attempt | null = null
    if (this.recording !== null) attempt = await this.recorded(this.recording, at)
    else if (this.pressed) [this.recording, this.pressed] = [at, false]
    else if (span && span.start >= this.taken) attempt = await this.cut(span.start, span.end, span.stopped)
    this.frames = this.frames.filter((f) => f.at >= at - LONGEST - LOOK_BACK)
    return { state: this.recording === null ? this.boundaries.state : 'recording', share: 0, attempt }
  }

  private async recorded(start: number, at: number): Promise<Attempt | null> {
    if (!(this.pressed && at - start >= SHORTEST) && at - start < LONGEST) return null
    ;[this.recording, this.pressed, this.taken] = [null, false, at]
    return this.cut(start, at, at)
  }

  private async cut(start: number, end: number, stopped: number): Promise<Attempt> {
    const clip = clipOf(this.frames.filter((f) => f.at >= start && f.at <= end), this.aspect)
    return { verdict: await judged(this.by, clip, this.task), clip, start, end: stopped }
  }
}

/** The attempt that a recording shows: the sign that is right where one is, else the longest; all of it where none begins and ends. */
export async function attemptIn(by: Judge, clip: Clip, task: Task): Promise<Attempt> {
  const whole = { start: clip.times[0]!, end: clip.times.at(-1)!, stopped: clip.times.at(-1)! }
  const found = spans(clip.frames, clip.times, clip.aspect).sort((a, b) => b.end - b.start - (a.end - a.start))
  let first: Attempt | null = null
  for (const { start, end, stopped } of found.length ? found : [whole]) {
    const cut = clipOf(clip.frames.flatMap((points, i) => (clip.times[i]! >= start && clip.times[i]! <= end ? [{ at: clip.times[i]!, points }] : [])), clip.aspect)
    const attempt: Attempt = { verdict: await judged(by, cut, task), clip: cut, start, end: stopped }
    if (attempt.verdict.outcome === 'accepted') return attempt
    first ??= attempt
  }
  return first!
}

class HeldAttempts implements Attempts {
  private frames: Frame[] = []
  private hold: Hold
  private pressed = false
  /** Since when a hand has been shown without being anything; when one was last seen, s. */
  private shown: number | null = null
  private lastSeen = -1
  /** The start of the hold that has counted already. */
  private counted = -1
  /** What the hand still shows from before. */
  private stale: string | null

  constructor(
    private readonly by: Judge,
    private readonly aspect: number,
    private readonly task: Task,
    before: string | null,
  ) {
    this.stale = before === task.gloss ? null : before
    this.hold = new Hold(new Set(), task.hold)
  }

  press(): void {
    this.pressed = true
  }

  async feed(points: Float32Array, at: number): Promise<Step> {
    this.frames = [...this.frames.filter((f) => f.at >= at - this.by.manifest.input.window), { at, points }]
    const there = seen(points)
    if (there) this.lastSeen = at
    else if (at - this.lastSeen >= AWAY) [this.shown, this.stale] = [null, null]
    const clip = clipOf(this.frames, this.aspect)
    const verdict = there || this.pressed ? await judged(this.by, clip, this.task) : NOTHING_SEEN
    if (this.pressed) {
      this.pressed = false
      return { state: 'done', share: 0, attempt: this.over(verdict, clip, clip.times[0]!, at) }
    }
    const gloss = !there ? null : verdict.outcome === 'accepted' ? this.task.gloss : verdict.looksLike
    if (gloss !== null && gloss !== this.stale) this.stale = null
    const counting = gloss === this.stale ? null : gloss
    this.hold.feed({ time: at, gloss: counting, probability: verdict.probability })
    const { gloss: held, since, share } = this.hold.progress
    if (there && counting === null && gloss === null) this.shown ??= at
    else if (counting !== null) this.shown = null
    const attempt =
      held !== null && held === counting && share >= 1 && since !== this.counted
        ? this.over(verdict, clip, since, at)
        : this.shown !== null && at - this.shown >= UNSURE_AFTER
          ? this.over(verdict, clip, this.shown, at)
          : null
    return { state: attempt ? 'done' : there ? 'signing' : 'ready', share: held === this.task.gloss ? share : 0, attempt }
  }

  private over(verdict: Verdict, clip: Clip, start: number, end: number): Attempt {
    this.shown = null
    this.counted = this.hold.progress.since
    return { verdict, clip, start, end }
  }
}
