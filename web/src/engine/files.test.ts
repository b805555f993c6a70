import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { VIDEO_SECONDS, walkVideo } from './files'

/** A video of two hours with a picture a second, as much of one as walkVideo touches. */
class Film extends EventTarget {
  readonly duration = 7200
  readonly videoWidth = 64
  readonly HAVE_CURRENT_DATA = 2
  readyState = 2
  currentTime = 0
  playing = false
  ended = false
  playbackRate = 1
  private waiting: ((now: number, frame: { mediaTime: number }) => void)[] = []

  play(): Promise<void> {
    this.playing = true
    queueMicrotask(() => this.next())
    return Promise.resolve()
  }
  pause(): void {
    this.playing = false
  }
  requestVideoFrameCallback(look: (now: number, frame: { mediaTime: number }) => void): void {
    this.waiting.push(look)
    queueMicrotask(() => this.next())
  }
  private next(): void {
    const look = this.playing ? this.waiting.shift() : undefined
    if (look) look(1000 * ++this.currentTime, { mediaTime: this.currentTime })
  }
}

beforeEach(() => void vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false })))
afterEach(() => void vi.unstubAllGlobals())

const walk = async (film: Film, signal = new AbortController().signal): Promise<number[]> => {
  const seen: number[] = []
  await walkVideo(film as unknown as HTMLVideoElement, signal, (time) => {
    seen.push(time)
    return Promise.resolve()
  })
  return seen
}

test('of a huge video the first minute is looked at, and not more', async () => {
  const film = new Film()
  const seen = await walk(film)
  expect(seen.length).toBe(VIDEO_SECONDS)
  expect(seen.at(-1)).toBeLessThan(VIDEO_SECONDS)
  expect(film.playing).toBe(false)
})

test('while the page is hidden the video waits, and goes on where it was', async () => {
  const film = new Film()
  Object.assign(document, { hidden: true })
  const walking = walk(film)
  await Promise.resolve()
  expect(film.playing).toBe(false)
  Object.assign(document, { hidden: false })
  document.dispatchEvent(new Event('visibilitychange'))
  expect((await walking).length).toBe(VIDEO_SECONDS)
})

test('where there is no picture yet, the next one is waited for', async () => {
  const film = new Film()
  film.readyState = 1
  const walking = walk(film)
  expect(film.playing).toBe(true)
  film.readyState = 2
  expect((await walking)[0]).toBeGreaterThan(0)
})
