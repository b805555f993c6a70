/** Photos and videos that a person chose: decoded here, never sent. */

import { eachFrame } from './camera'
import { Problem } from './problems'

/** Seconds between the pictures that are looked at in a video, at least: a laptop's tracker gets as many live. */
const STEP = 0.06
/** A video is played this much faster between pictures. */
const HASTE = 2
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
      for (const time of [1e7, 0]) {
        video.currentTime = time
        await happens(video, 'seeked')
      }
    }
  } catch {
    throw new Problem('video-unreadable', name)
  }
  if (!video.videoWidth || !(video.duration > 0)) throw new Problem('video-unreadable', name)
}

/**
 * Plays an opened video through, pausing for each picture that is looked at, and calls `see` with its time in s: a slow
 * device takes longer and sees the same. Playing beats seeking: a seek decodes anew from the last key frame, which many
 * recordings have only one of.
 */
export function walkVideo(video: HTMLVideoElement, signal: AbortSignal, see: (time: number) => Promise<void>): Promise<void> {
  const until = Math.min(video.duration, VIDEO_SECONDS)
  return new Promise((done, fail) => {
    const over = new AbortController()
    let [last, looking] = [-1, false]
    const end = (error?: unknown): void => {
      if (over.signal.aborted) return
      over.abort()
      video.pause()
      video.playbackRate = 1
      if (error) fail(error as Error)
      else done()
    }
    /** Goes on, unless the page is hidden: then no pictures come, and the video waits for it. */
    const play = (): void => {
      if (over.signal.aborted || looking) return
      if (video.ended) end()
      else if (document.hidden) video.pause()
      // A pause right after play() rejects the promise of play(): that is this function's own doing.
      else video.play().catch((error: DOMException) => error.name !== 'AbortError' && end(error))
    }
    const look = async (time: number): Promise<void> => {
      if (over.signal.aborted || time < last + STEP) return
      if (time >= until) return end()
      // Of a recording with few pictures there may be none yet.
      if (video.readyState < video.HAVE_CURRENT_DATA) return play()
      ;[last, looking] = [time, true]
      const seen = see(time) // takes its picture at once, before the video moves on
      video.pause()
      await seen.catch(end)
      looking = false
      play()
    }
    const events = { signal: over.signal }
    document.addEventListener('visibilitychange', play, events)
    video.addEventListener('ended', play, events)
    video.addEventListener('error', () => end(new Error(video.error?.message ?? 'unreadable')), events)
    signal.addEventListener('abort', () => end(), events)
    video.playbackRate = HASTE
    over.signal.addEventListener('abort', eachFrame(video, (_, shown) => look(shown)))
    void look(video.currentTime)
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
