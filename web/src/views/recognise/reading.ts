/** A video as landmarks, picture by picture. */

import { walkVideo } from '../../engine/files'
import type { LayoutName } from '../../engine/hands'
import type { Clip } from '../../engine/recognizer'
import type { Tracker } from '../../engine/tracker'

/** Plays an opened video through; `tell` hears of every picture, its landmarks and time in s, unless it was stopped. */
export async function readVideo(video: HTMLVideoElement, signal: AbortSignal, tracker: Tracker, layout: LayoutName, tell: (points: Float32Array, time: number) => void): Promise<Clip> {
  const clip: Clip = { frames: [], times: [], aspect: video.videoWidth / video.videoHeight }
  await walkVideo(video, signal, async (time) => {
    const points = await tracker.see(video, time, layout)
    if (signal.aborted) return
    clip.frames.push(points)
    clip.times.push(time)
    tell(points, time)
  })
  return clip
}
