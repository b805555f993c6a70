/** Photos and videos that a person chose: decoded here, never sent. */

import { Problem } from './problems'

/** Frames a second that are looked at in a video: as many as the tracker manages live on a laptop. */
export const VIDEO_FPS = 15
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

/** Goes through an opened video and calls `see` with each time in s; ends early once `signal` is aborted. */
export async function walkVideo(video: HTMLVideoElement, signal: AbortSignal, see: (time: number) => Promise<void>): Promise<void> {
  const until = Math.min(video.duration, VIDEO_SECONDS)
  for (let i = 0; i / VIDEO_FPS < until && !signal.aborted; i++) {
    video.currentTime = i / VIDEO_FPS
    await happens(video, 'seeked')
    await see(i / VIDEO_FPS)
  }
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
