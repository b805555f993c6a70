/** Photos and videos that a person chose: decoded here, never sent. */

import { eachFrame } from './camera'
import { Problem } from './problems'

/** Frames a second that are looked at in a video: as many as the tracker manages live on a laptop. */
export const VIDEO_FPS = 15
/** How fast a video is played while it is looked at, so that the tracker gets that many. */
const [LEAST_HASTE, MOST_HASTE] = [0.25, 3]
/** Seconds of a video that are looked at. */
export const VIDEO_SECONDS = 60
/** A picture of more pixels than this is refused: decoding it would take over a gigabyte. */
const MOST_PIXELS = 256e6

const VIDEO_ENDINGS = /\.(mp4|m4v|mov|webm|mkv|avi|ogv)$/i
const PHOTO_ENDINGS = /\.(jpe?g|png|webp|gif|bmp|avif|heic|heif)$/i

/** Throws not-a-picture for anything else. The type is what the system says, the ending where it says nothing. */
export function kindOf(file: File): 'photo' | 'video' {
  if (file.type.startsWith('video/') || (!file.type && VIDEO_ENDINGS.test(file.name))) return 'video'
  if (file.type.startsWith('image/') || (!file.type && PHOTO_ENDINGS.test(file.name))) return 'photo'
  throw new Problem('not-a-picture', file.name)
}

/** The photo as a viewer sees it (EXIF rotation applied). Throws file-unreadable. */
export async function decodePhoto(file: File): Promise<ImageBitmap> {
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(file)
  } catch {
    throw new Problem('file-unreadable', file.name)
  }
  if (picture.width * picture.height <= MOST_PIXELS) return picture
  picture.close()
  throw new Problem('file-unreadable', file.name)
}

/** Opens a video far enough to seek in it; `duration` in s is finite afterwards. Throws video-unreadable. */
export async function openVideo(video: HTMLVideoElement, address: string, name: string): Promise<void> {
  video.src = address
  try {
    await happens(video, 'loadeddata')
    if (video.duration === Infinity) {
      // A recording that was written as it came: browsers know its length once they have been to its end.
      video.currentTime = 1e7
      await happens(video, 'seeked')
    }
  } catch {
    throw new Problem('video-unreadable', name)
  }
  if (!video.videoWidth || !(video.duration > 0)) throw new Problem('video-unreadable', name)
}

/**
 * Plays an opened video through, as fast as it can be looked at, and calls `see` with each picture's time in s. Playing
 * beats seeking: a seek decodes anew from the last key frame, which many recordings have only one of.
 */
export function walkVideo(video: HTMLVideoElement, signal: AbortSignal, see: (time: number) => Promise<void>): Promise<void> {
  const until = Math.min(video.duration, VIDEO_SECONDS)
  return new Promise((done, fail) => {
    const over = new AbortController()
    const end = (error?: unknown): void => {
      over.abort()
      video.pause()
      video.playbackRate = 1
      if (error) fail(error as Error)
      else done()
    }
    const look = async (time: number): Promise<void> => {
      if (time >= until) return end()
      const began = performance.now()
      await see(time)
      const rate = 1000 / (VIDEO_FPS * (performance.now() - began))
      video.playbackRate = Math.min(MOST_HASTE, Math.max(LEAST_HASTE, rate))
    }
    const pace = (): void => void (document.hidden ? video.pause() : video.play().catch(end))
    // A hidden page gets no pictures: the video waits for it.
    document.addEventListener('visibilitychange', pace, { signal: over.signal })
    video.addEventListener('ended', () => end(), { signal: over.signal })
    video.addEventListener('error', () => end(new Error(video.error?.message ?? 'unreadable')), { signal: over.signal })
    signal.addEventListener('abort', () => end(), { signal: over.signal })
    let last = -1
    look(0)
      .then(() => {
        last = 0
        if (over.signal.aborted) return
        const stop = eachFrame(video, (_, shown) => {
          if (over.signal.aborted || shown <= last) return Promise.resolve()
          last = shown
          return look(shown).catch(end)
        })
        over.signal.addEventListener('abort', stop)
        pace()
      })
      .catch(end)
  })
}

/** Waits for one event of a video, or for its failure. */
function happens(video: HTMLVideoElement, event: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((done, fail) => {
    const ended = new AbortController()
    const once = (act: () => void) => (): void => {
      ended.abort()
      act()
    }
    video.addEventListener(event, once(done), { signal: ended.signal })
    video.addEventListener('error', once(() => fail(new Error(video.error?.message ?? 'unreadable'))), { signal: ended.signal })
  })
}
