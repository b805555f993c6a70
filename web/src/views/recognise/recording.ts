/** What the camera shows, recorded to be read as a video. It is kept in memory alone, and gone with the page. */

import { VIDEO_SECONDS } from '../../engine/files'

/** Safari before 14.1 has no recorder: then nothing offers to record. */
export const canRecord = (): boolean => typeof MediaRecorder === 'function'

/** Records until `stop` is called, or for as long as a video is looked at; then `done` gets the film. An abort drops it. */
export function recordFrom(stream: MediaStream, signal: AbortSignal, done: (film: File) => void): { stop(): void } {
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  recorder.addEventListener('stop', () => {
    clearTimeout(timer)
    const type = recorder.mimeType || 'video/webm'
    if (!signal.aborted) done(new File(parts, `recording.${type.includes('mp4') ? 'mp4' : 'webm'}`, { type }))
  })
  const stop = (): void => {
    if (recorder.state !== 'inactive') recorder.stop()
  }
  const timer = setTimeout(stop, 1000 * VIDEO_SECONDS)
  signal.addEventListener('abort', stop)
  recorder.start()
  return { stop }
}
