/** Landmarks in, one frame at a time; out come the answer about the last window and each held sign: src/deepsign/answer.py. */

import { bestOf, type Prediction } from './decide'
import { seen } from './hands'
import type { Clip, Predictor } from './recognizer'
import { Hold, type Progress, type Segment } from './stream'

/** A moving clip of at most this many windows is one sign and is answered as a whole. */
const ONE_SIGN = 2

/** A sign that was held: when, and the surest ranking while it stood. */
export interface Sign {
  segment: Segment
  prediction: Prediction
}

export interface LiveAnswer {
  prediction: Prediction
  progress: Progress
  /** The sign that has just ended, if one has. */
  sign: Sign | null
}

export class Live {
  private readonly frames: { at: number; points: Float32Array }[] = []
  private rankings: { at: number; prediction: Prediction }[] = []
  private readonly hold: Hold

  constructor(
    private readonly predictor: Predictor,
    private readonly aspect: number,
  ) {
    this.hold = new Hold(new Set(predictor.manifest.labels.filter((x) => x.needs_motion).map((x) => x.gloss)))
  }

  /** One frame's landmarks (P × 3), seen at `at` s. Await each answer before the next frame is given. */
  async feed(points: Float32Array, at: number): Promise<LiveAnswer> {
    this.frames.push({ at, points })
    while (this.frames[0]!.at < at - this.predictor.manifest.input.window) this.frames.shift()
    const window: Clip = { frames: this.frames.map((f) => f.points), times: this.frames.map((f) => f.at), aspect: this.aspect }
    const prediction = await this.predictor.predict(window)
    this.rankings.push({ at, prediction })
    // A hand that has gone is not held any longer, whatever the rest of the window still shows.
    const best = seen(points) ? bestOf(prediction) : null
    const ended = this.hold.feed({ time: at, gloss: best?.gloss ?? null, probability: best?.probability ?? 0 })
    const sign = ended && this.sign(ended)
    const progress = this.hold.progress
    if (progress.gloss === null) this.rankings = []
    return { prediction, progress, sign }
  }

  /** The sign that was still held when the stream ended, if any. */
  finish(): Sign | null {
    const ended = this.hold.finish()
    return ended && this.sign(ended)
  }

  private sign(segment: Segment): Sign {
    const inside = this.rankings.filter(
      (r) => r.at >= segment.start && r.at <= segment.end && bestOf(r.prediction)?.gloss === segment.gloss,
    )
    this.rankings = this.rankings.filter((r) => r.at > segment.end)
    const surest = inside.reduce((a, b) => (b.prediction.candidates[0]!.probability > a.prediction.candidates[0]!.probability ? b : a))
    return { segment, prediction: surest.prediction }
  }
}

/** What was signed in a whole clip, and every sign held in it. A still, or one short sign, is answered as a whole. */
export async function answerClip(predictor: Predictor, clip: Clip): Promise<{ prediction: Prediction; signs: Sign[] }> {
  const whole = await predictor.predict(clip)
  if (clip.frames.length <= 1) return { prediction: whole, signs: [] }
  const live = new Live(predictor, clip.aspect)
  const signs: Sign[] = []
  for (const [i, points] of clip.frames.entries()) {
    const { sign } = await live.feed(points, clip.times[i]!)
    if (sign) signs.push(sign)
  }
  const last = live.finish()
  if (last) signs.push(last)
  const duration = clip.times.at(-1)! - clip.times[0]!
  if (!signs.length || duration <= ONE_SIGN * predictor.manifest.input.window) return { prediction: whole, signs }
  const length = (s: Sign): number => s.segment.end - s.segment.start
  return { prediction: signs.reduce((a, b) => (length(b) > length(a) ? b : a)).prediction, signs }
}
