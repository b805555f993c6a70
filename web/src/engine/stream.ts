/** From answers about a moving window to the signs that were held: src/deepsign/stream.py's rules, the same golden cases. */

/** Seconds a letter must stand before it counts. */
export const HOLD = 0.5
/** A sign that is a movement can't be held: its answer stands only while the window passes over it. */
export const HOLD_MOTION = 0.2
/** Answers that waver for less than this don't break a hold, s. */
export const SLACK = 0.2

/** The answer at one time, s: the best known gloss, or null for "not a sign I know". */
export interface Moment {
  time: number
  gloss: string | null
  probability: number
}

/** A sign found in a stream: start and end in s, and its mean probability while it stood. */
export interface Segment {
  gloss: string
  start: number
  end: number
  probability: number
}

export interface Progress {
  gloss: string | null
  since: number
  share: number
}
export const NOTHING_HELD: Progress = { gloss: null, since: 0, share: 0 }

/** What is being held: since when and until when, and the sum of its moments' probabilities. No moment is kept. */
export interface Standing {
  gloss: string
  start: number
  end: number
  probabilities: number
  moments: number
}

/** Takes moments in time order and gives segments back as they end. */
export class Hold {
  /** What is being held now, if anything is. */
  standing: Standing | null = null
  private wavering: Moment[] = []

  constructor(
    private readonly moving: ReadonlySet<string> = new Set(),
    private readonly hold: number = HOLD,
  ) {}

  /** What is being held, since when (s), and how far along it is: 0 … 1, where 1 means it counts. */
  get progress(): Progress {
    if (!this.standing) return NOTHING_HELD
    const { gloss, start, end } = this.standing
    return { gloss, since: start, share: Math.min(1, (end - start) / this.needed(gloss)) }
  }

  feed(moment: Moment): Segment | null {
    const { time, gloss, probability } = moment
    if (!this.standing) {
      if (gloss !== null) this.standing = { gloss, start: time, end: time, probabilities: probability, moments: 1 }
      return null
    }
    if (gloss === this.standing.gloss) {
      this.standing.end = time
      this.standing.probabilities += probability
      this.standing.moments += 1
      this.wavering = []
      return null
    }
    this.wavering.push(moment)
    if (time - this.standing.end < SLACK) return null
    return this.finish()
  }

  /** The end of the stream or of the current hold: its segment if it was held long enough. What wavered is looked at anew. */
  finish(): Segment | null {
    const [standing, wavering] = [this.standing, this.wavering]
    ;[this.standing, this.wavering] = [null, []]
    for (const moment of wavering) this.feed(moment)
    if (!standing || standing.end - standing.start < this.needed(standing.gloss) - 1e-9) return null
    const { gloss, start, end, probabilities, moments } = standing
    return { gloss, start, end, probability: probabilities / moments }
  }

  private needed(gloss: string): number {
    return this.moving.has(gloss) ? HOLD_MOTION : this.hold
  }
}

/** Every sign held in a whole stream, in order. */
export function held(moments: readonly Moment[], moving: ReadonlySet<string> = new Set(), hold: number = HOLD): Segment[] {
  const state = new Hold(moving, hold)
  const found = moments.map((m) => state.feed(m))
  return [...found, state.finish()].filter((s) => s !== null)
}
