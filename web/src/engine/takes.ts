/** Takes of a sign, cut out of a camera's stream by its boundaries, and what was done between signs. */

import { Boundaries, LONGEST, LOOK_BACK, type State } from './boundaries'
import { seen } from './hands'
import type { Clip } from './recognizer'

/** A take shows its hand in at least this share of its pictures: of fewer the network learns where hands were lost. */
const SHOWN = 0.3

export interface Cut {
  clip: Clip
  /** Whether enough of it shows a hand. */
  usable: boolean
  /** It goes on where the one before paused, and takes its place. */
  revises: boolean
}

/** Takes frames in time order and gives each movement's clip once it is over. */
export class Takes {
  private boundaries: Boundaries | null = null
  private aspect = 0
  private frames: { at: number; points: Float32Array }[] = []
  private lastStart = -1
  /** Where a take began that is cut by hand. */
  private marked: number | null = null

  /** Where in a sign the stream is. */
  get state(): State {
    return this.boundaries?.state ?? 'wait'
  }

  /** One frame's landmarks (75 × 3) of layout hands_pose at `at` s; a picture of another shape begins anew. */
  feed(points: Float32Array, at: number, aspect: number): Cut | null {
    if (!this.boundaries || aspect !== this.aspect) {
      ;[this.boundaries, this.aspect, this.frames, this.lastStart] = [new Boundaries(aspect), aspect, [], -1]
    }
    const span = this.boundaries.feed(points, at)
    this.frames.push({ at, points })
    const cut = span && this.marked === null ? this.cut(span.start, span.end) : null
    while (this.frames[0]!.at < at - LONGEST - LOOK_BACK) this.frames.shift()
    return cut
  }

  /** Whether a take is being cut by hand. */
  get marking(): boolean {
    return this.marked !== null
  }

  /** Begins a take by hand, whatever the boundaries find; the second time ends it. */
  mark(): Cut | null {
    const now = this.frames.at(-1)?.at
    if (now === undefined) return null
    const begun = this.marked
    this.marked = begun === null ? now : null
    return begun === null ? null : this.cut(begun, now)
  }

  private cut(start: number, end: number): Cut | null {
    const inside = this.frames.filter((f) => f.at >= start && f.at <= end)
    if (inside.length < 2) return null
    const revises = start === this.lastStart
    this.lastStart = start
    const shown = inside.filter((f) => seen(f.points)).length
    const clip = { frames: inside.map((f) => f.points), times: inside.map((f) => f.at), aspect: this.aspect }
    return { clip, usable: shown >= SHOWN * inside.length, revises }
  }
}
