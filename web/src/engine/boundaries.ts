/**
 * Where each sign begins and ends in a stream of landmarks, told by how the wrists move: src/deepsign/boundaries.py's
 * rules, explained there; the same golden cases. Lengths are shoulder widths, times seconds; nothing counts frames.
 */

import { LAYOUTS } from './layouts'
import { EPSILON, middle, Wrist, type Place } from './wrist'

export const REST = 0.3
export const START_TIME = 0.1
export const STILL = 0.25
export const OUT = 0.25
export const LONGEST = 4
export const SHORTEST = 0.35
const AWAY = 0.6 * START_TIME
const STILL_RADIUS = 0.03
const STIR_RADIUS = 0.1
const SPACE = 1
export const LOOK_BACK = 1
const SMALLEST = 0.1
const PUT_AWAY = 0.7
const DETOUR = 1.2
const PAUSE = 0.45
const HOLD = 0.5
const BLIND = 1
const UNIT_TIME = 1

const POINTS = LAYOUTS.hands_pose!.points
const SIDES = ['left', 'right'] as const
const SHOULDERS = SIDES.map((side) => POINTS.indexOf(`pose.${side}_shoulder`))
const WRISTS = SIDES.map((side) => [POINTS.indexOf(`${side}_hand.wrist`), POINTS.indexOf(`pose.${side}_wrist`)] as const)

/** Where in a sign the stream is. */
export type State = 'wait' | 'ready' | 'signing' | 'done'

/** A sign's time in the stream, s. */
export interface Span {
  /** The first movement, looked back for. */
  start: number
  /** Where movement ended; where the hand stays up, the hold so far belongs to the sign. */
  end: number
  /** Where movement ended. */
  stopped: number
  /** The frame that showed that it is over. */
  decided: number
  /** The hand stayed up: another span with the same start may revise this one. */
  held: boolean
}

/** Takes frames in time order and gives each sign's span once it is over. A recording may begin in the middle of a sign. */
export class Boundaries {
  state: State
  private wrists = wrists()
  /** The shoulder width, picture heights; 0: no shoulders yet. */
  private unit = 0
  /** Where the signing space ends, picture heights from the top. */
  private floor = 0
  private shouldersAt = -1
  private now = 0
  private start = 0
  /** When the movement began; later than the sign's start where it goes on after a pause. */
  private setOff = 0
  private before: Span | null = null

  constructor(
    private readonly aspect: number,
    recording = false,
  ) {
    this.state = recording ? 'ready' : 'wait'
  }

  /** One frame's landmarks (75 × 3) of layout hands_pose, NaN where not seen, at `at` s; the span that it ended. */
  feed(landmarks: Float32Array, at: number): Span | null {
    if (this.unit && at - this.now > BLIND) {
      const cut = this.finish()
      ;[this.state, this.wrists, this.now] = ['wait', wrists(), at]
      return cut && { ...cut, decided: at }
    }
    this.now = at
    this.seeShoulders(landmarks)
    this.wrists.forEach((wrist, side) => {
      const [hand, body] = WRISTS[side]!
      wrist.see(at, this.point(landmarks, hand), this.inside(landmarks, body))
    })
    if (!this.unit) return null
    for (const wrist of this.wrists) this.judge(wrist)
    if (this.state === 'signing') return this.sign()
    this.rest()
    return null
  }

  /** The sign that was going on when the stream ended, if any. */
  finish(): Span | null {
    return this.state === 'signing' ? this.done() : null
  }

  private seeShoulders(landmarks: Float32Array): void {
    const [left, right] = SHOULDERS.map((i) => this.point(landmarks, i))
    if (!left || !right) return
    const width = Math.hypot(left[0] - right[0], left[1] - right[1])
    const floor = (left[1] + right[1]) / 2 + SPACE * (this.unit || width)
    const share = this.unit ? 1 - Math.exp(-(this.now - this.shouldersAt) / UNIT_TIME) : 1
    this.unit += share * (width - this.unit)
    this.floor += share * (floor - this.floor)
    this.shouldersAt = this.now
  }

  private point(landmarks: Float32Array, i: number): Place | null {
    const [x, y] = [landmarks[3 * i]!, landmarks[3 * i + 1]!]
    return Number.isNaN(x) || Number.isNaN(y) ? null : [x * this.aspect, y]
  }

  /** The body's tracker goes on guessing outside of the picture; such a wrist isn't seen. */
  private inside(landmarks: Float32Array, i: number): Place | null {
    const [x, y] = [landmarks[3 * i]!, landmarks[3 * i + 1]!]
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? this.point(landmarks, i) : null
  }

  private judge(wrist: Wrist): void {
    const at = this.now
    if (wrist.out(at, OUT)) {
      ;[wrist.settled, wrist.up, wrist.away] = [true, null, null]
    } else if (wrist.seen) {
      const step = wrist.way.at(-1)!
      wrist.settled = this.keepsStill(wrist, STILL)
      wrist.up = since(wrist.up, step[2] < this.floor, at)
      const away = wrist.away !== null && !wrist.settled
      wrist.away = since(wrist.away, away || wrist.fromHome(step) > AWAY * this.unit, at)
    }
  }

  /** Whether the wrist was still for `span` s; one that was low all the time may stir. */
  private keepsStill(wrist: Wrist, span: number): boolean {
    const highest = Math.min(...wrist.last(span, this.now).map(([, , y]) => y))
    return wrist.within(this.radius(highest), span, this.now)
  }

  /** How far a wrist may be from where it rests, up or low. */
  private radius(y: number): number {
    return (y < this.floor ? STILL_RADIUS : STIR_RADIUS) * this.unit
  }

  private rest(): void {
    const at = this.now
    const begun = this.wrists.flatMap((w) => (w.seen ? (this.setOut(w) ?? []) : []))
    if (begun.length && this.state !== 'wait') return this.begin(Math.max(Math.min(...begun), at - LOOK_BACK))
    const rested = this.wrists.every((w) => (w.seen ? this.keepsStill(w, REST) : w.settled))
    if (this.shouldersAt === at && rested) this.state = 'ready'
    this.goHome()
  }

  /** A new sign, or the last one goes on. */
  private begin(setOff: number): void {
    const last = this.before
    this.state = 'signing'
    this.start = this.setOff = last ? Math.max(setOff, last.stopped) : setOff
    if (last?.held && this.setOff - last.stopped < PAUSE && this.now - last.start < LONGEST) this.start = last.start
  }

  /** When the wrist left where it rested, s; null where it didn't, or lies below the signing space. */
  private setOut(wrist: Wrist): number | null {
    const noticed = wrist.home && wrist.home[1] < this.floor ? wrist.away : wrist.up
    if (noticed === null || this.now - noticed < START_TIME - EPSILON) return null
    return wrist.leftHome(this.radius(wrist.home ? wrist.home[1] : 0), noticed)
  }

  private goHome(): void {
    for (const wrist of this.wrists) {
      if (wrist.out(this.now, OUT)) {
        wrist.home = null
        wrist.way = []
      } else if (wrist.seen && wrist.settled) wrist.home = middle(wrist.last(STILL, this.now))
    }
  }

  private sign(): Span | null {
    const over = this.now - this.start >= LONGEST - EPSILON
    return over || this.wrists.every((w) => w.settled) ? this.done() : null
  }

  /** Leaves signing; the span, if what moved was a sign. */
  private done(): Span | null {
    const at = this.now
    const settled = this.wrists.every((w) => w.settled)
    const moved = this.wrists.filter((w) => this.moved(w))
    const held = settled && moved.some((w) => w.up !== null)
    const stopped = moved.length ? Math.max(...moved.map((w) => this.ended(w))) : this.start
    const end = held ? at : stopped
    if (end - this.start < SHORTEST - EPSILON || moved.every((w) => this.putAway(w))) {
      this.state = settled ? 'ready' : 'wait'
      this.goHome()
      return null
    }
    this.state = settled ? 'done' : 'wait'
    this.goHome()
    this.before = { start: this.start, end, stopped, decided: at, held }
    return this.before
  }

  private moved(wrist: Wrist): boolean {
    const farthest = Math.max(0, ...wrist.since(this.setOff).map((step) => wrist.fromHome(step)))
    return farthest > SMALLEST * this.unit
  }

  private ended(wrist: Wrist): number {
    const last = wrist.way.at(-1)!
    return wrist.settled && wrist.seen ? wrist.arrived(this.radius(last[2]), STILL, this.now) : last[0]
  }

  /** Whether the wrist went straight down from where it was held, out of the signing space. */
  private putAway(wrist: Wrist): boolean {
    if (!wrist.home || wrist.home[1] >= this.floor || wrist.up !== null) return false
    const ended = this.ended(wrist)
    const way = wrist.since(this.setOff).filter((step) => step[0] <= ended)
    const [first, last] = [way[0], way.at(-1)]
    if (!first || !last) return true
    const straight = Math.hypot(last[1] - first[1], last[2] - first[2])
    const length = way.slice(1).reduce((sum, [, x, y], i) => sum + Math.hypot(x - way[i]![1], y - way[i]![2]), 0)
    return ended - this.setOff <= PUT_AWAY && length <= DETOUR * straight
  }
}

const wrists = (): Wrist[] => WRISTS.map(() => new Wrist(LONGEST + LOOK_BACK))

/** Since when something is true, s; null while it isn't. */
const since = (before: number | null, nowTrue: boolean, at: number): number | null => (nowTrue ? (before ?? at) : null)

/** Every sign of a recording. Where the hand stays up, what followed of the hold, up to HOLD, belongs to the sign as well. */
export function spans(frames: readonly Float32Array[], times: readonly number[], aspect: number): Span[] {
  const machine = new Boundaries(aspect, true)
  let found: Span[] = []
  frames.forEach((points, i) => {
    const at = times[i]!
    const span = machine.feed(points, at)
    const last = found.at(-1)
    if (span) found = joined(found, span)
    else if (last?.held && (machine.state === 'done' || machine.state === 'ready'))
      found = [...found.slice(0, -1), { ...last, end: Math.max(Math.min(at, last.stopped + HOLD), last.end) }]
  })
  const last = machine.finish()
  return last ? joined(found, last) : found
}

/** A span with the start of the one before revises it; another ends that one's hold. */
function joined(found: readonly Span[], span: Span): Span[] {
  const before = found.at(-1)
  if (!before) return [span]
  if (before.start === span.start) return [...found.slice(0, -1), span]
  return [...found.slice(0, -1), { ...before, end: Math.min(before.end, span.start) }, span]
}
