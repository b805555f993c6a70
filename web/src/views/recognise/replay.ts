/** What was seen in a video, drawn over it while it is played again. */

import { eachFrame } from '../../engine/camera'
import { drawHands } from '../../engine/draw'
import type { Clip } from '../../engine/recognizer'

/** Draws the clip's landmarks over the video as it plays, and calls `at` with its time, s; gives back what ends it. */
export function replay(video: HTMLVideoElement, overlay: HTMLCanvasElement, clip: Clip, at: (now: number) => void): () => void {
  const draw = (): void => {
    const now = video.currentTime
    at(now)
    const after = clip.times.findIndex((t) => t > now)
    drawHands(overlay, clip.frames.at(after < 0 ? -1 : Math.max(0, after - 1)) ?? null)
  }
  video.addEventListener('seeked', draw)
  const end = eachFrame(video, async () => draw())
  return () => {
    end()
    video.removeEventListener('seeked', draw)
  }
}
