/** The page's side of the gestures' worker: a video's picture in, the gesture that a hand shows out. Gestures, not signs. */

import { Problem } from './problems'
import { Remote } from './wire'

/** What gesture_recognizer.task tells apart beside "None", by its own names. */
export const GESTURES = ['Thumb_Up', 'Thumb_Down', 'Open_Palm', 'Closed_Fist', 'Pointing_Up', 'Victory', 'ILoveYou'] as const
export type Gesture = (typeof GESTURES)[number]

export interface Shown {
  gesture: Gesture | null
  /** How sure, 0 … 1. */
  score: number
  /** The hand's landmarks (42 × 3) as in layout hands, in its right hand's place; NaN where none is seen. */
  points: Float32Array
}

export class GestureReader {
  private constructor(private readonly remote: Remote) {}

  /** Loads the model: 8 MB the first time, from this server. Throws tracker-failed. */
  static async open(): Promise<GestureReader> {
    const remote = new Remote(new Worker(new URL('./gestures.worker.ts', import.meta.url), { type: 'module' }))
    try {
      await remote.call('open', [])
      return new GestureReader(remote)
    } catch (error) {
      remote.close()
      throw new Problem('tracker-failed', error instanceof Error ? error.message : String(error))
    }
  }

  /** What the video shows now, `time` s into its stream. */
  async see(video: HTMLVideoElement, time: number): Promise<Shown> {
    const picture = await createImageBitmap(video)
    return this.remote.call<Shown>('see', [picture, time], [picture])
  }

  close(): void {
    this.remote.close()
  }
}
