/** One wrist's way through a stream: where it was, since when it is still, lifted or out of sight. src/deepsign/wrist.py's rules. */

/** A place in picture heights: (x · aspect, y). */
export type Place = readonly [x: number, y: number]
export type Step = readonly [time: number, x: number, y: number]

/** Times are compared with this slack, s: sums of frame times are never exact. */
export const EPSILON = 1e-6
/** A hand that is lost was still there for at most this long after its last frame, s; longer, and frames are missing. */
const FRAME = 0.1

export class Wrist {
  /** The frames in which it was seen, through the last `memory` s. */
  way: Step[] = []
  /** Where it last rested; null: out of the picture. */
  home: Place | null = null
  /** Whether it rests now; kept while it is out of sight for a moment. */
  settled = false
  /** Since when it is away from home, s; null: it isn't. */
  away: number | null = null
  /** Since when it is in the signing space, s; null: it isn't. */
  up: number | null = null
  private gone: number | null = null
  private apart: Place = [0, 0]

  constructor(private readonly memory: number) {}

  /** Whether the last frame showed it. */
  get seen(): boolean {
    return this.way.length > 0 && this.gone === null
  }

  /** A frame's wrist as the hand's and as the body's tracker have it; the body's steps in, moved by how far the two last were apart. */
  see(at: number, hand: Place | null, body: Place | null): void {
    if (hand && body) this.apart = [hand[0] - body[0], hand[1] - body[1]]
    if (!hand && body) hand = [body[0] + this.apart[0], body[1] + this.apart[1]]
    if (!hand) {
      this.gone ??= at
      return
    }
    this.gone = null
    this.way.push([at, ...hand])
    while (this.way[0]![0] < at - this.memory) this.way.shift()
  }

  /** Whether frames have shown no wrist for `span` s, or none ever did. Frames that never came don't count. */
  out(at: number, span: number): boolean {
    if (!this.way.length) return true
    if (this.gone === null) return false
    return at - Math.max(this.way.at(-1)![0], this.gone - FRAME) >= span - EPSILON
  }

  /** Its way through the last `span` s, whole: where it was at its beginning is taken from the frames around. */
  last(span: number, at: number): Step[] {
    const recent: Step[] = []
    const begin = at - span
    for (let i = this.way.length - 1; i >= 0; i--) {
      const step = this.way[i]!
      if (step[0] <= begin + EPSILON) {
        recent.push(recent.length ? between(step, recent.at(-1)!, begin) : step)
        break
      }
      recent.push(step)
    }
    return recent.reverse()
  }

  /** Whether it kept to a circle for `span` s; false where too little was seen to say. */
  within(radius: number, span: number, at: number): boolean {
    const recent = this.last(span, at)
    if (recent.length < 3 || recent[0]![0] > at - span + EPSILON) return false
    const [x, y] = middle(recent)
    return recent.every(([, px, py]) => Math.hypot(px - x, py - y) <= radius)
  }

  /** How far this step is from home, in picture heights; infinite where home is out of the picture. */
  fromHome([, x, y]: Step): number {
    return this.home ? Math.hypot(x - this.home[0], y - this.home[1]) : Infinity
  }

  /** When it was last within `radius` of home before this time, or first seen where it never was, s. */
  leftHome(radius: number, before: number): number {
    return (this.way.findLast((step) => step[0] < before && this.fromHome(step) <= radius) ?? this.way[0]!)[0]
  }

  /** Since when it is within `radius` of where it was for the last `span` s, s. */
  arrived(radius: number, span: number, at: number): number {
    const [x, y] = middle(this.last(span, at))
    let since = at
    for (let i = this.way.length - 1; i >= 0; i--) {
      const [t, px, py] = this.way[i]!
      if (Math.hypot(px - x, py - y) > radius) break
      since = t
    }
    return since
  }

  /** Its way from this time on. */
  since(start: number): Step[] {
    return this.way.filter((step) => step[0] >= start - EPSILON)
  }
}

function between(before: Step, after: Step, at: number): Step {
  const share = Math.max(0, (at - before[0]) / (after[0] - before[0]))
  return [at, before[1] + share * (after[1] - before[1]), before[2] + share * (after[2] - before[2])]
}

/** The mean place of a way. */
export function middle(way: readonly Step[]): Place {
  const sum = (axis: 1 | 2): number => way.reduce((total, step) => total + step[axis], 0)
  return [sum(1) / way.length, sum(2) / way.length]
}
