/** The page's side of the hand tracker. */

import { Problem } from './problems'
import { place, PLAIN } from './views'
import { Remote } from './wire'

export class Tracker {
  private constructor(private readonly remote: Remote) {}

  /** Loads the tracker: 19 MB the first time, from this server. Throws tracker-failed. */
  static async open(): Promise<Tracker> {
    const remote = new Remote(new Worker(new URL('./landmarks.worker.ts', import.meta.url), { type: 'module' }))
    try {
      await remote.call('open', [])
    } catch (error) {
      remote.close()
      throw new Problem('tracker-failed', error instanceof Error ? error.message : String(error))
    }
    return new Tracker(remote)
  }

  /** Begins a fresh stream of frames. */
  start(): Promise<void> {
    return this.remote.call('start', [])
  }

  /** Landmarks (42 × 3) of what the video shows now, time in s from the stream's start. */
  async see(video: HTMLVideoElement, time: number): Promise<Float32Array> {
    const { width, height } = place(PLAIN, video.videoWidth, video.videoHeight)
    const frame = await createImageBitmap(video, { resizeWidth: width, resizeHeight: height })
    return this.remote.call('see', [frame, time], [frame])
  }

  /** Landmarks of a photo; the bitmap is used up. */
  still(picture: ImageBitmap): Promise<Float32Array> {
    return this.remote.call('still', [picture], [picture])
  }
}
