/** Landmarks in, one frame at a time; each sign out as it ends: handshapes once held, signs that move once over. src/deepsign/live.py, answer.py. */

import { Boundaries, LONGEST, LOOK_BACK, spans, type Span, type State } from './boundaries'
import { bestOf, type Prediction } from './decide'
import { seen } from './hands'
import { moves, type Clip, type Predictor } from './recognizer'
import { HOLD, Hold, NOTHING_HELD, type Progress, type Segment } from './stream'

/** Handshapes: a moving clip of at most this many windows is one sign and is answered as a whole. */
const ONE_SIGN = 2
/** Signs that move: a clip of at most this many seconds may be one sign, cut out closely. */
const ONE_MOVEMENT = 5

/** A sign that has ended: when it began (s), its ranking, and its segment; none where it is no sign that the model knows. */
export interface Sign {
  start: number
  segment: Segment | null
  prediction: Prediction
}
/** A sign that the model knows. */
export type Known = Sign & { segment: Segment }
export const isKnown = (sign: Sign): sign is Known => sign.segment !== null

export interface LiveAnswer {
  /** What is being signed now, or, of a sign that moves, what has just been; null: nothing new. */
  prediction: Prediction | null
  /** What is being held. */
  progress: Progress
  /** Where in a sign the stream is; null for signs that are held. */
  state: State | null
  /** The sign that has just ended, if one has. One with the start of the one before takes its place. */
  sign: Sign | null
}

/** What a stream of landmarks is fed to. */
export interface Live {
  /** One frame's landmarks (P × 3), seen at `at` s. Await each answer before the next frame is given. */
  feed(points: Float32Array, at: number): Promise<LiveAnswer>
  /** The sign that was going on when the stream ended, if any. */
  finish(): Promise<Sign | null>
}

/** What finds this bundle's signs in a stream whose picture is `aspect` times as wide as it is high; `hold`: s that a handshape stands until it counts. */
export const liveSigns = (predictor: Predictor, aspect: number, hold = HOLD): Live =>
  moves(predictor) ? new MovedSigns(predictor, aspect) : new HeldSigns(predictor, aspect, hold)

interface Frame {
  at: number
  points: Float32Array
}
interface Ranking {
  at: number
  prediction: Prediction
}

const clipOf = (frames: readonly Frame[], aspect: number): Clip => ({
  frames: frames.map((f) => f.points),
  times: frames.map((f) => f.at),
  aspect,
})

/** Handshapes: each frame's answer is about the last window, and what stands for long enough is a sign. */
export class HeldSigns implements Live {
  private readonly frames: Frame[] = []
  private rankings: Ranking[] = []
  private readonly hold: Hold

  constructor(
    private readonly predictor: Predictor,
    private readonly aspect: number,
    hold = HOLD,
  ) {
    this.hold = new Hold(new Set(predictor.manifest.labels.filter((x) => x.needs_motion).map((x) => x.gloss)), hold)
  }

  async feed(points: Float32Array, at: number): Promise<LiveAnswer> {
    this.frames.push({ at, points })
    while (this.frames[0]!.at < at - this.predictor.manifest.input.window) this.frames.shift()
    const prediction = await this.predictor.predict(clipOf(this.frames, this.aspect))
    this.rankings.push({ at, prediction })
    // A hand that has gone is not held any longer, whatever the rest of the window still shows.
    const best = seen(points) ? bestOf(prediction) : null
    const ended = this.hold.feed({ time: at, gloss: best?.gloss ?? null, probability: best?.probability ?? 0 })
    const sign = ended && this.sign(ended)
    this.forget()
    return { prediction, progress: this.hold.progress, state: null, sign }
  }

  finish(): Promise<Sign | null> {
    const ended = this.hold.finish()
    return Promise.resolve(ended && this.sign(ended))
  }

  private sign(segment: Segment): Sign {
    const { prediction } = this.surest(segment)
    this.rankings = this.rankings.filter((r) => r.at > segment.end)
    return { start: segment.start, segment, prediction }
  }

  private surest(held: { gloss: string; start: number; end: number }): Ranking {
    return this.rankings
      .filter((r) => r.at >= held.start && r.at <= held.end && bestOf(r.prediction)?.gloss === held.gloss)
      .reduce((a, b) => (b.prediction.candidates[0]!.probability > a.prediction.candidates[0]!.probability ? b : a))
  }

  /** Keeps the surest ranking of what is being held, and what came after it: a long hold must not fill memory. */
  private forget(): void {
    const { standing } = this.hold
    this.rankings = standing ? [this.surest(standing), ...this.rankings.filter((r) => r.at > standing.end)] : []
  }
}

/** Signs that move: the boundaries cut them out, and each is answered as a whole. */
export class MovedSigns implements Live {
  private readonly boundaries: Boundaries
  private readonly frames: Frame[] = []

  constructor(
    private readonly predictor: Predictor,
    private readonly aspect: number,
  ) {
    this.boundaries = new Boundaries(aspect)
  }

  async feed(points: Float32Array, at: number): Promise<LiveAnswer> {
    const span = this.boundaries.feed(points, at)
    this.frames.push({ at, points })
    const sign = span && (await this.answer(span))
    while (this.frames[0]!.at < at - LONGEST - LOOK_BACK) this.frames.shift()
    return { prediction: sign?.prediction ?? null, progress: NOTHING_HELD, state: this.boundaries.state, sign }
  }

  async finish(): Promise<Sign | null> {
    const span = this.boundaries.finish()
    return span && this.answer(span)
  }

  private answer(span: Span): Promise<Sign> {
    return signIn(this.predictor, clipOf(this.frames, this.aspect), span)
  }
}

/** The answer about the frames of a span. */
async function signIn(predictor: Predictor, clip: Clip, { start, end }: Span): Promise<Sign> {
  const inside = clip.times.flatMap((t, i) => (t >= start && t <= end ? i : []))
  const cut: Clip = { frames: inside.map((i) => clip.frames[i]!), times: inside.map((i) => clip.times[i]!), aspect: clip.aspect }
  const prediction = await predictor.predict(cut)
  const best = bestOf(prediction)
  return { start, segment: best && { gloss: best.gloss, start, end, probability: best.probability }, prediction }
}

/** What was signed in a whole clip, and every known sign in it. A still, or one short sign, is answered as a whole. */
export async function answerClip(predictor: Predictor, clip: Clip): Promise<{ prediction: Prediction; signs: Known[] }> {
  const whole = await predictor.predict(clip)
  if (clip.frames.length <= 1) return { prediction: whole, signs: [] }
  const duration = clip.times.at(-1)! - clip.times[0]!
  const found = await (moves(predictor) ? movedIn : heldIn)(predictor, clip)
  const signs = found.filter(isKnown)
  if (moves(predictor)) {
    const predictions = found.map((sign) => sign.prediction)
    return { prediction: surest(predictions, whole, duration <= ONE_MOVEMENT), signs }
  }
  if (!signs.length || duration <= ONE_SIGN * predictor.manifest.input.window) return { prediction: whole, signs }
  const length = ({ segment }: Known): number => segment.end - segment.start
  return { prediction: signs.reduce((a, b) => (length(b) > length(a) ? b : a)).prediction, signs }
}

async function movedIn(predictor: Predictor, clip: Clip): Promise<Sign[]> {
  const signs: Sign[] = []
  for (const span of spans(clip.frames, clip.times, clip.aspect)) signs.push(await signIn(predictor, clip, span))
  return signs
}

async function heldIn(predictor: Predictor, clip: Clip): Promise<Sign[]> {
  const live = new HeldSigns(predictor, clip.aspect)
  const signs: (Sign | null)[] = []
  for (const [i, points] of clip.frames.entries()) signs.push((await live.feed(points, clip.times[i]!)).sign)
  signs.push(await live.finish())
  return signs.filter((sign) => sign !== null)
}

/** The surest of what was found; of a short clip also the whole, which may be one sign that was cut out closely. */
function surest(found: readonly Prediction[], whole: Prediction, short: boolean): Prediction {
  if (!found.length && !short) return { ...whole, known: false } // hands that moved for long, and never as signs do
  const rank = (p: Prediction): number => (p.known ? 2 : 0) + (p.candidates[0]?.probability ?? 0)
  return (short ? [...found, whole] : found).reduce((a, b) => (rank(b) > rank(a) ? b : a))
}
