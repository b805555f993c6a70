/** Looks at a camera's pictures one after another: what was seen, what is missing, how fast it goes, and the answers. */

import { seen, seenBody } from '../../engine/hands'
import { liveSigns, type Live, type LiveAnswer } from '../../engine/live'
import { moves, type Recognizer } from '../../engine/recognizer'
import type { Tracker } from '../../engine/tracker'

/** Seconds without a hand, or without shoulders where they are needed, before the page says what to do. */
const UNSEEN_FOR = 3
/** Pictures over which the speed is averaged. */
const OVER = 20

export class Watcher {
  /** No hand, or no shoulders, for a while. Hands that rest out of the picture are no fault of a sign that moves. */
  handless = false
  bodyless = false
  /** Pictures a second; 0 until enough were seen to say. */
  speed = 0

  private live: Live | null = null
  private answeredBy: Recognizer | null = null
  private aspect = 0
  private lastHand = 0
  private lastBody = 0
  private readonly times: number[] = []

  constructor(
    private readonly tracker: Tracker,
    private readonly video: HTMLVideoElement,
  ) {}

  /** Landmarks, in the recognizer's layout, of what the camera shows `time` s into the stream. */
  async see(recognizer: Recognizer, time: number): Promise<Float32Array> {
    const points = await this.tracker.see(this.video, time, recognizer.layout)
    const moving = moves(recognizer)
    if (seen(points)) this.lastHand = time
    if (!moving || seenBody(points)) this.lastBody = time
    this.handless = !moving && time - this.lastHand >= UNSEEN_FOR
    this.bodyless = time - this.lastBody >= UNSEEN_FOR
    this.times.push(time)
    if (this.times.length > OVER) this.times.shift()
    if (this.times.length >= 5) this.speed = Math.round((this.times.length - 1) / (time - this.times[0]!))
    return points
  }

  /** The answer so far; another recognizer, or a picture of another shape, begins anew. */
  answer(recognizer: Recognizer, points: Float32Array, time: number): Promise<LiveAnswer> {
    const aspect = this.video.videoWidth / this.video.videoHeight
    if (!this.live || this.answeredBy !== recognizer || this.aspect !== aspect) {
      ;[this.answeredBy, this.aspect] = [recognizer, aspect]
      this.live = liveSigns(recognizer, aspect)
    }
    return this.live.feed(points, time)
  }
}
