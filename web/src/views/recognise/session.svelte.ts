/** What the Recognise view is doing: loading, camera, photo or video; what was answered; what went wrong. */

import { listBundles, type Entry } from '../../engine/bundle'
import { checkBrowser } from '../../engine/browser'
import { eachFrame, openCamera, stopCamera } from '../../engine/camera'
import type { Prediction } from '../../engine/decide'
import { drawHands } from '../../engine/draw'
import { decodePhoto, kindOf, openVideo, walkVideo } from '../../engine/files'
import { seen } from '../../engine/hands'
import { answerClip, Live, type LiveAnswer, type Sign } from '../../engine/live'
import { Problem, problemOf } from '../../engine/problems'
import { Recognizer, type Clip } from '../../engine/recognizer'
import { NOTHING_HELD } from '../../engine/stream'
import { Tracker } from '../../engine/tracker'

export type Mode = 'none' | 'asking' | 'camera' | 'photo' | 'video'

/** Letters before numbers: 0/O, 1/D, 2/V, 6/W and 9/F share a handshape. */
const PREFERRED = ['letters', 'digits']
/** Seconds without a hand before the page says what to do. */
const NO_HAND = 3
/** Pictures over which the speed is averaged. */
const SPEED_OVER = 20

export class Session {
  /** The tracker and a bundle stand ready. */
  ready = $state(false)
  mode = $state<Mode>('none')
  problem = $state.raw<Problem | null>(null)
  bundles = $state.raw<Entry[]>([])
  chosen = $state('')
  prediction = $state.raw<Prediction | null>(null)
  held = $state.raw(NOTHING_HELD)
  /** Glosses that were held, in order. */
  spelled = $state<string[]>([])
  /** No hand for a while (camera), or none at all (photo, video). */
  handless = $state(false)
  /** How much of a video has been read, 0 … 1; null when none is being read. */
  reading = $state<number | null>(null)
  /** The signs held in a video, and which of them it shows now. */
  signs = $state.raw<Sign[]>([])
  shown = $state(-1)
  speed = $state(0)
  /** The picture's size, px. */
  size = $state.raw({ width: 4, height: 3 })
  photoAddress = $state('')

  /** Given by the view once they stand in the page. */
  video!: HTMLVideoElement
  overlay!: HTMLCanvasElement

  private tracker: Tracker | null = null
  private recognizer = $state.raw<Recognizer | null>(null)
  private loading: Promise<void> | null = null
  /** Ends what is being done now; each new thing to do gets its own. */
  private doing = new AbortController()
  private clip: Clip | null = null

  /** How a person reads a gloss. */
  say(gloss: string): string {
    return this.recognizer?.manifest.labels.find((x) => x.gloss === gloss)?.say ?? gloss
  }

  /** Loads what every answer needs; once, and again after a failure. */
  load(): Promise<void> {
    this.loading ??= this.loadAll().catch((error: unknown) => {
      this.loading = null
      this.fail(problemOf(error, 'tracker-failed'))
    })
    return this.loading
  }

  private async loadAll(): Promise<void> {
    this.problem = null
    checkBrowser()
    const tracker = this.tracker ? Promise.resolve(this.tracker) : Tracker.open()
    this.bundles = await listBundles()
    const names = this.bundles.map((b) => b.name)
    const wanted = this.chosen || (PREFERRED.find((name) => names.includes(name)) ?? names[0]!)
    const [opened, recognizer] = await Promise.all([tracker, Recognizer.open(wanted)])
    this.tracker = opened
    this.take(recognizer)
    this.ready = true
  }

  /** Answers with another bundle from now on; a clip that stands in the page is answered anew. */
  async choose(name: string): Promise<void> {
    if (name === this.chosen) return
    try {
      this.take(await Recognizer.open(name))
      this.spelled = []
      this.prediction = null
      if (this.clip) await this.answer(this.clip)
    } catch (error) {
      this.fail(problemOf(error, 'bundle-failed'))
    }
  }

  private take(recognizer: Recognizer): void {
    this.recognizer?.close()
    this.recognizer = recognizer
    this.chosen = recognizer.manifest.name
  }

  async startCamera(): Promise<void> {
    const signal = this.begin('asking')
    try {
      const stream = await openCamera()
      signal.addEventListener('abort', () => stopCamera(stream))
      if (signal.aborted) return stopCamera(stream)
      stream.getVideoTracks()[0]?.addEventListener('ended', () => !signal.aborted && this.fail(new Problem('camera-lost')))
      await this.load()
      if (signal.aborted || !this.ready) return
      this.video.srcObject = stream
      await this.video.play()
      this.mode = 'camera'
      await this.tracker!.start()
      signal.addEventListener('abort', eachFrame(this.video, this.watcher(signal)))
    } catch (error) {
      if (!signal.aborted) this.fail(problemOf(error, 'camera-in-use'))
    }
  }

  /** Looks at each camera frame in turn. */
  private watcher(signal: AbortSignal): (time: number) => Promise<void> {
    let live: Live | null = null
    let [lastHand, answeredBy, aspect, counted] = [0, this.recognizer, 0, -1]
    const times: number[] = []
    return async (time) => {
      try {
        const points = await this.tracker!.see(this.video, time)
        if (signal.aborted) return
        this.fit(this.video.videoWidth, this.video.videoHeight)
        drawHands(this.overlay, points)
        if (seen(points)) lastHand = time
        this.handless = time - lastHand >= NO_HAND
        this.speed = average(times, time)
        const shape = this.size.width / this.size.height
        if (!live || answeredBy !== this.recognizer || aspect !== shape) {
          ;[answeredBy, aspect, counted] = [this.recognizer, shape, -1]
          live = new Live(answeredBy!, aspect)
        }
        const answer = await live.feed(points, time)
        if (signal.aborted || answeredBy !== this.recognizer) return
        counted = this.show(answer, counted)
      } catch (error) {
        if (!signal.aborted) this.fail(problemOf(error, 'tracker-failed'))
      }
    }
  }

  /** Shows a live answer; a letter is written down the moment its hold is full, once a hold. */
  private show({ prediction, progress }: LiveAnswer, counted: number): number {
    this.prediction = prediction
    this.held = progress
    if (progress.gloss === null || progress.share < 1 || progress.since === counted) return counted
    this.spelled.push(progress.gloss)
    return progress.since
  }

  /** Answers a photo or a video that a person chose. */
  async open(file: File): Promise<void> {
    const signal = this.begin('none')
    try {
      const kind = kindOf(file)
      this.mode = kind
      const address = URL.createObjectURL(file)
      signal.addEventListener('abort', () => URL.revokeObjectURL(address))
      await (kind === 'photo' ? this.openPhoto(file, address, signal) : this.openVideo(file, address, signal))
    } catch (error) {
      if (!signal.aborted) this.fail(problemOf(error, 'file-unreadable'))
    }
  }

  private async openPhoto(file: File, address: string, signal: AbortSignal): Promise<void> {
    this.reading = 0
    const picture = await decodePhoto(file)
    if (signal.aborted) return
    this.photoAddress = address
    this.fit(picture.width, picture.height)
    const aspect = picture.width / picture.height
    await this.load()
    if (signal.aborted || !this.ready) return
    const points = await this.tracker!.still(picture)
    if (signal.aborted) return
    drawHands(this.overlay, points)
    await this.answer({ frames: [points], times: [0], aspect })
  }

  private async openVideo(file: File, address: string, signal: AbortSignal): Promise<void> {
    const { video } = this
    this.reading = 0
    await openVideo(video, address, file.name)
    this.fit(video.videoWidth, video.videoHeight)
    await this.load()
    if (signal.aborted || !this.ready) return
    await this.tracker!.start()
    const clip: Clip = { frames: [], times: [], aspect: video.videoWidth / video.videoHeight }
    await walkVideo(video, signal, async (time) => {
      const points = await this.tracker!.see(video, time)
      if (signal.aborted) return
      drawHands(this.overlay, points)
      clip.frames.push(points)
      clip.times.push(time)
      this.reading = time / video.duration
    })
    if (signal.aborted) return
    await this.answer(clip)
    signal.addEventListener('abort', this.replay(clip))
    this.seek(0)
  }

  private async answer(clip: Clip): Promise<void> {
    this.clip = clip
    const { prediction, signs } = await answerClip(this.recognizer!, clip)
    if (this.clip !== clip) return
    this.prediction = prediction
    this.signs = signs
    this.shown = -1
    this.handless = !clip.frames.some(seen)
    this.reading = null
  }

  /** Shows a held sign's place in the video, or its beginning where none was held. */
  seek(index: number): void {
    const sign = this.signs[index]
    this.video.currentTime = sign ? (sign.segment.start + sign.segment.end) / 2 : 0
  }

  /** Shows what was seen and answered while the video is played again; gives back what ends it. */
  private replay(clip: Clip): () => void {
    const draw = (): void => {
      const now = this.video.currentTime
      this.shown = this.signs.findLastIndex((sign) => sign.segment.start <= now)
      if (this.shown >= 0) this.prediction = this.signs[this.shown]!.prediction
      const after = clip.times.findIndex((t) => t > now)
      drawHands(this.overlay, clip.frames.at(after < 0 ? -1 : Math.max(0, after - 1)) ?? null)
    }
    this.video.addEventListener('seeked', draw)
    const end = eachFrame(this.video, async () => draw())
    return () => {
      end()
      this.video.removeEventListener('seeked', draw)
    }
  }

  /** Stops whatever is being done and empties the stage. */
  stop(): void {
    this.begin('none')
  }

  private begin(mode: Mode): AbortSignal {
    this.doing.abort()
    this.doing = new AbortController()
    this.mode = mode
    this.problem = null
    this.clip = null
    this.prediction = null
    this.held = NOTHING_HELD
    this.handless = false
    this.reading = null
    this.signs = []
    this.shown = -1
    this.speed = 0
    this.photoAddress = ''
    this.video.srcObject = null
    this.video.removeAttribute('src')
    drawHands(this.overlay, null)
    return this.doing.signal
  }

  private fail(problem: Problem): void {
    this.begin('none')
    this.problem = problem
  }

  /** Gives stage and overlay the picture's shape; the overlay needs no more pixels than a screen. */
  private fit(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height && this.overlay.width > 4) return
    this.size = { width, height }
    const scale = Math.min(1, 1280 / Math.max(width, height)) * (Math.max(width, height) < 640 ? 640 / Math.max(width, height) : 1)
    this.overlay.width = Math.round(width * scale)
    this.overlay.height = Math.round(height * scale)
  }
}

/** Pictures a second over the last few; `times` is kept between calls. */
function average(times: number[], time: number): number {
  times.push(time)
  if (times.length > SPEED_OVER) times.shift()
  return times.length < 5 ? 0 : Math.round((times.length - 1) / (time - times[0]!))
}
