/** The camera: opened, named when it can't be, and read frame by frame. Its picture never leaves this page. */

import { Problem, type ProblemName } from './problems'

const NAMES: Record<string, ProblemName> = {
  NotAllowedError: 'camera-denied',
  SecurityError: 'camera-denied',
  NotFoundError: 'camera-missing',
  OverconstrainedError: 'camera-missing',
  NotReadableError: 'camera-in-use',
  AbortError: 'camera-in-use',
}

/** 640 × 480 is all that the tracker gains from, and every webcam gives it quickly. */
const WISH: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
}

/** Asks for the camera. Throws insecure-address, camera-denied, camera-missing or camera-in-use. */
export async function openCamera(): Promise<MediaStream> {
  if (!window.isSecureContext) throw new Problem('insecure-address', location.origin)
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem('unsupported-browser', 'getUserMedia')
  try {
    return await navigator.mediaDevices.getUserMedia(WISH)
  } catch (error) {
    const { name, message } = error as DOMException
    throw new Problem(NAMES[name] ?? 'camera-in-use', message)
  }
}

export function stopCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/**
 * Calls `see` with each new picture of a playing video: `time` in s since the first one, and `shown`, the video's own
 * time of it. One call at a time: pictures that come while the last is still being looked at are dropped. Gives back
 * the function that ends it.
 */
export function eachFrame(video: HTMLVideoElement, see: (time: number, shown: number) => Promise<void>): () => void {
  let [going, first] = [true, -1]
  const next = (): void => {
    if (!going) return
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback((now, frame) => void look(now, frame.mediaTime))
    else requestAnimationFrame((now) => void look(now, (video as HTMLVideoElement).currentTime))
  }
  const look = async (now: number, shown: number): Promise<void> => {
    if (!going) return
    if (first < 0) first = now
    if (video.videoWidth > 0) await see((now - first) / 1000, shown)
    next()
  }
  next()
  return () => {
    going = false
  }
}
