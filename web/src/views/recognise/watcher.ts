/** Looks at a camera's pictures one after another: what was seen, what is missing, how fast it goes, and the answers. */

import { leading } from '../../engine/hands'
import { liveSigns, type Live, type LiveAnswer } from '../../engine/live'
import type { Recognizer } from '../../engine/recognizer'
import type { Tracker } from '../../engine/tracker'
import { settings } from '../../store/settings.svelte'
import { brightness, LIGHT_EVERY } from '../stage/picture'
import { Sight } from '../stage/sight'

export class Watcher {
  /** What stands in the way, and how fast it goes. */
  readonly sight = new Sight()

  private live: Live | null = null
  private answeredBy: Recognizer | null = null
  private aspect = 0
  private lit = -LIGHT_EVERY

  constructor(
    private readonly tracker: Tracker,
    private readonly video: HTMLVideoElement,
  ) {}

  /** Landmarks, in the recognizer's layout, of what the camera shows `time` s into the stream. */
  async see(recognizer: Recognizer, time: number): Promise<Float32Array> {
    const points = leading(await this.tracker.see(this.video, time, recognizer.layout), settings.hand)
    if (time - this.lit >= LIGHT_EVERY) {
      this.lit = time
      this.sight.light(brightness(this.video))
    }
    this.sight.note(points, time, this.video.videoWidth / this.video.videoHeight)
    return points
  }

  /** The answer so far; another recognizer, or a picture of another shape, begins anew. */
  answer(recognizer: Recognizer, points: Float32Array, time: number): Promise<LiveAnswer> {
    const aspect = this.video.videoWidth / this.video.videoHeight
    if (!this.live || this.answeredBy !== recognizer || this.aspect !== aspect) {
      ;[this.answeredBy, this.aspect] = [recognizer, aspect]
      this.live = liveSigns(recognizer, aspect, settings.holdMs / 1000)
    }
    return this.live.feed(points, time)
  }
}
