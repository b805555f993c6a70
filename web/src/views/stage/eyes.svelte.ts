/** The page's eyes: the camera, on and off; its one tracker; one picture after another, and what stands in the way. */

import { checkBrowser } from '../../engine/browser'
import { eachFrame, openCamera, stopCamera } from '../../engine/camera'
import { drawHands, fitOverlay } from '../../engine/draw'
import { leading, type LayoutName } from '../../engine/hands'
import { BODY_EVERY, PaceKeeper, RECORDED, type Pace } from '../../engine/pace'
import { Problem, problemOf } from '../../engine/problems'
import type { Clip } from '../../engine/recognizer'
import { Tracker } from '../../engine/tracker'
import { settings } from '../../store/settings.svelte'
import { brightness, faceOf, LIGHT_EVERY, type Face } from './picture'
import { Sight, type Advice } from './sight'

let opening: Promise<Tracker> | null = null

/** The page's one tracker, loaded when it is first asked for. Rejects with tracker-failed; the next call tries again. */
export function sharedTracker(): Promise<Tracker> {
  opening ??= Tracker.open().catch((error: unknown) => {
    opening = null
    throw error
  })
  return opening
}

/** What one picture showed: landmarks (P × 3; none without a layout), s since the camera started, width / height. Awaited. */
export type Look = (points: Float32Array, time: number, aspect: number) => unknown

const NOTHING = new Float32Array(0)

export class Eyes {
  mode = $state<'off' | 'asking' | 'on'>('off')
  problem = $state.raw<Problem | null>(null)
  /** The tracker is being got ready. */
  loading = $state(false)
  /** Pictures a second; 0 until enough were seen to say. */
  speed = $state(0)
  /** The picture's size, px. */
  size = $state.raw({ width: 4, height: 3 })
  /** What the signer could do to be seen better. */
  advice = $state.raw<Advice | null>(null)
  /** Where the face is: middle and radius as fractions of the picture's width and height; null where no body is seen. */
  face = $state.raw<Face | null>(null)

  /** How this device keeps up with the camera, where a body is followed. */
  pace = $state<Pace>('live')

  /** Given by CameraStage once they stand in the page. */
  video: HTMLVideoElement | null = null
  overlay: HTMLCanvasElement | null = null
  /** Whether landmarks are drawn over the picture. */
  drawn = true
  /** When the camera's time was 0, on performance.now()'s clock, ms. */
  began = 0

  private watching: { layout: LayoutName | null; look: Look } | null = null
  private doing = new AbortController()
  /** What is being recorded, or looked at after it was: no picture is looked at meanwhile. */
  private film: { at: number; picture: ImageBitmap }[] | null = null

  /**
   * Looks at each camera picture, from now on or from when the camera starts; gives back what ends it. With a layout the
   * tracker has looked first; without, `look` sees for itself what the video shows.
   */
  watch(layout: LayoutName | null, look: Look): () => void {
    const one = { layout, look }
    this.watching = one
    if (this.mode === 'on') void this.prepare(layout).catch((error: unknown) => this.fail(problemOf(error, 'tracker-failed')))
    return () => {
      if (this.watching === one) this.watching = null
    }
  }

  /** Turns the camera on. Whether it is on now; where it is not, `problem` says why, unless it was stopped meanwhile. */
  async start(): Promise<boolean> {
    this.stop()
    const { signal } = this.doing
    this.mode = 'asking'
    try {
      checkBrowser()
      const stream = await openCamera()
      signal.addEventListener('abort', () => stopCamera(stream))
      if (signal.aborted) {
        stopCamera(stream)
        return false
      }
      stream.getVideoTracks()[0]?.addEventListener('ended', () => !signal.aborted && this.fail(new Problem('camera-lost')))
      await this.prepare(this.watching ? this.watching.layout : 'hands')
      const video = this.video!
      if (signal.aborted) return false
      video.srcObject = stream
      await video.play()
      if (this.watching?.layout !== null) await (await sharedTracker()).start()
      if (signal.aborted) return false
      this.mode = 'on'
      signal.addEventListener('abort', eachFrame(video, this.frames(video, signal)))
      return true
    } catch (error) {
      if (!signal.aborted) this.fail(problemOf(error, 'camera-in-use'))
      return false
    }
  }

  /** From now on pictures are kept to be looked at by `develop`. */
  record(): void {
    this.film = []
  }

  /** Looks at what was recorded, picture by picture, and forgets the pictures; null where there is nothing, or it was stopped. */
  async develop(layout: LayoutName, tell: (share: number) => void): Promise<Clip | null> {
    const { signal } = this.doing
    const film = this.film?.splice(0) ?? []
    const clip: Clip = { frames: [], times: [], aspect: this.size.width / this.size.height }
    try {
      const tracker = await sharedTracker()
      for (const { at, picture } of film) {
        if (signal.aborted) return null
        clip.frames.push(await tracker.see(picture, at, layout))
        clip.times.push(at)
        tell(clip.times.length / film.length)
      }
      return clip.times.length ? clip : null
    } finally {
      for (const { picture } of film) picture.close()
      if (!signal.aborted) this.film = null
    }
  }

  /** Turns the camera off. */
  stop(): void {
    this.doing.abort()
    this.doing = new AbortController()
    this.mode = 'off'
    this.problem = null
    this.loading = false
    this.speed = 0
    this.advice = this.face = null
    for (const { picture } of this.film ?? []) picture.close()
    ;[this.film, this.pace] = [null, 'live']
    if (this.video) this.video.srcObject = null
    if (this.overlay) drawHands(this.overlay, null)
  }

  /** Loads what this layout needs. Throws tracker-failed. */
  private async prepare(layout: LayoutName | null): Promise<void> {
    if (layout === null) return
    const { signal } = this.doing
    this.loading = true
    try {
      const tracker = await sharedTracker()
      await tracker.prepare(layout, settings.body)
    } finally {
      if (!signal.aborted) this.loading = false
    }
  }

  private frames(video: HTMLVideoElement, signal: AbortSignal): (time: number) => Promise<void> {
    const [sight, keeper] = [new Sight(), new PaceKeeper()]
    let lit = -LIGHT_EVERY
    return async (time) => {
      const one = this.watching
      if (!one) return
      this.began = performance.now() - 1000 * time
      const gone = (): boolean => signal.aborted || one !== this.watching
      if (this.film) return this.keep(this.film, video, time, signal)
      try {
        const { videoWidth: width, videoHeight: height } = video
        this.fit(width, height)
        if (one.layout === null) return void (await one.look(NOTHING, time, width / height))
        const tracker = await sharedTracker()
        if (!tracker.sees(one.layout)) return
        const points = leading(await tracker.see(video, time, one.layout), settings.hand)
        if (gone()) return
        if (this.overlay) drawHands(this.overlay, this.drawn ? points : null)
        if (time - lit >= LIGHT_EVERY) {
          lit = time
          sight.light(brightness(video))
        }
        sight.note(points, time, width / height)
        ;[this.speed, this.advice, this.face] = [sight.speed, sight.advice, faceOf(points)]
        if (one.layout === 'hands_pose') this.pace = keeper.note(sight.speed, time)
        tracker.bodyEvery = this.pace === 'live' ? 1 : BODY_EVERY
        await one.look(points, time, width / height)
      } catch (error) {
        if (!gone()) this.fail(problemOf(error, 'tracker-failed'))
      }
    }
  }

  private async keep(film: { at: number; picture: ImageBitmap }[], video: HTMLVideoElement, at: number, signal: AbortSignal): Promise<void> {
    if (at - (film.at(-1)?.at ?? -1) < 1 / RECORDED) return
    const picture = await createImageBitmap(video)
    if (film === this.film && !signal.aborted) film.push({ at, picture })
    else picture.close()
  }

  private fail(problem: Problem): void {
    this.stop()
    this.problem = problem
  }

  /** Gives stage and overlay the picture's shape. */
  private fit(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height && (this.overlay?.width ?? 5) > 4) return
    this.size = { width, height }
    if (this.overlay) fitOverlay(this.overlay, width, height)
  }
}
