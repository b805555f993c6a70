/** What the Recognise view is doing: camera, photo or video; what was answered; what went wrong. */

import type { State } from '../../engine/boundaries'
import { eachFrame, openCamera, stopCamera } from '../../engine/camera'
import type { Prediction } from '../../engine/decide'
import { drawHands, fitOverlay } from '../../engine/draw'
import { decodePhoto, kindOf, openVideo } from '../../engine/files'
import { seen, seenBody } from '../../engine/hands'
import { answerClip, type Known } from '../../engine/live'
import { Problem, problemOf } from '../../engine/problems'
import type { Clip } from '../../engine/recognizer'
import { NOTHING_HELD } from '../../engine/stream'
import { faceOf, type Face } from '../stage/picture'
import type { Advice } from '../stage/sight'
import { Choice } from './choice.svelte'
import { readVideo } from './reading'
import { recordFrom } from './recording'
import { replay } from './replay'
import { Watcher } from './watcher'
import { writeDown, type Written } from './written'

export type Mode = 'none' | 'asking' | 'camera' | 'photo' | 'video'

export class Session extends Choice {
  mode = $state<Mode>('none')
  prediction = $state.raw<Prediction | null>(null)
  held = $state.raw(NOTHING_HELD)
  /** Signs that were made, in order. */
  spelled = $state<Written[]>([])
  /** Where in a sign that moves the camera's stream is. */
  state = $state<State | null>(null)
  /** What the signer before the camera could do to be seen better. */
  advice = $state.raw<Advice | null>(null)
  /** No hand at all in a photo or a video; no shoulders, without which no movement is told from rest. */
  handless = $state(false)
  bodyless = $state(false)
  /** How much of a video has been read, 0 … 1; null when none is being read. */
  reading = $state<number | null>(null)
  /** The known signs of a video, and which of them it shows now. */
  signs = $state.raw<Known[]>([])
  shown = $state(-1)
  speed = $state(0)
  size = $state.raw({ width: 4, height: 3 })
  photoAddress = $state('')
  /** Where the face is; null where no body is seen. */
  face = $state.raw<Face | null>(null)
  /** What the camera shows is being recorded; what ends that. */
  recording = $state.raw<{ stop(): void } | null>(null)

  // Given by the view.
  video!: HTMLVideoElement
  overlay!: HTMLCanvasElement

  /** Ends what is being done now; each new thing to do gets its own. */
  private doing = new AbortController()
  private clip: Clip | null = null
  private file: File | null = null

  protected override forget(): void {
    this.spelled = []
    this.prediction = this.state = null
    this.held = NOTHING_HELD
  }

  protected override async again(sameLandmarks: boolean): Promise<void> {
    if (sameLandmarks && this.clip) await this.answer(this.clip)
    else if (this.file) await this.open(this.file)
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
      signal.addEventListener('abort', eachFrame(this.video, this.watch(signal)))
    } catch (error) {
      if (!signal.aborted) this.fail(problemOf(error, 'camera-in-use'))
    }
  }

  /** Records what the camera shows; once that is stopped it is read as a video is. */
  record(): void {
    if (this.mode !== 'camera') return
    this.recording = recordFrom(this.video.srcObject as MediaStream, this.doing.signal, (film) => void this.open(film))
  }

  /** Looks at each camera frame in turn. */
  private watch(signal: AbortSignal): (time: number) => Promise<void> {
    const watcher = new Watcher(this.tracker!, this.video)
    let counted = -1
    return async (time) => {
      const recognizer = this.recognizer!
      const gone = (): boolean => signal.aborted || recognizer !== this.recognizer
      try {
        const points = await watcher.see(recognizer, time)
        if (gone()) return
        this.fit(this.video.videoWidth, this.video.videoHeight)
        drawHands(this.overlay, points)
        this.face = faceOf(points)
        ;({ advice: this.advice, speed: this.speed } = watcher.sight)
        const answer = await watcher.answer(recognizer, points, time)
        if (gone()) return
        this.state = answer.state
        this.prediction = answer.prediction ?? this.prediction
        this.held = answer.progress
        counted = writeDown(this.spelled, answer, counted)
      } catch (error) {
        if (!gone()) this.fail(problemOf(error, 'tracker-failed'))
      }
    }
  }

  /** Answers a photo or a video that a person chose. */
  async open(file: File): Promise<void> {
    const signal = this.begin('none')
    this.file = file
    try {
      const kind = kindOf(file)
      this.mode = kind
      const address = URL.createObjectURL(file)
      signal.addEventListener('abort', () => URL.revokeObjectURL(address))
      await (kind === 'photo' ? this.openPhoto(file, address, signal) : this.openVideo(file, address, signal))
    } catch (error) {
      if (!signal.aborted) this.fail(problemOf(error, this.mode === 'video' ? 'video-unreadable' : 'file-unreadable'))
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
    if (this.moving) {
      // A still can't show a movement: the page says so instead of guessing.
      this.reading = null
      return picture.close()
    }
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
    const clip = await readVideo(video, signal, this.tracker!, this.recognizer!.layout, (points, time) => {
      drawHands(this.overlay, points)
      this.reading = time / video.duration
    })
    if (signal.aborted) return
    await this.answer(clip)
    const past = replay(video, this.overlay, clip, (now) => {
      this.shown = this.signs.findLastIndex((sign) => sign.segment.start <= now)
      if (this.shown >= 0) this.prediction = this.signs[this.shown]!.prediction
    })
    signal.addEventListener('abort', past)
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
    this.bodyless = this.moving && !clip.frames.some(seenBody)
    this.reading = null
  }

  /** Shows a sign's place in the video, or the video's beginning where none was found. */
  seek(index: number): void {
    const sign = this.signs[index]
    this.video.currentTime = sign ? (sign.segment.start + sign.segment.end) / 2 : 0
  }

  /** Stops whatever is being done and empties the stage. */
  stop(): void {
    this.begin('none')
  }

  private begin(mode: Mode): AbortSignal {
    this.doing.abort()
    this.doing = new AbortController()
    this.mode = mode
    this.problem = this.clip = this.file = this.prediction = this.state = this.advice = this.reading = this.face = this.recording = null
    this.held = NOTHING_HELD
    this.handless = this.bodyless = false
    ;[this.signs, this.shown, this.speed, this.photoAddress] = [[], -1, 0, '']
    this.video.srcObject = null
    this.video.removeAttribute('src')
    drawHands(this.overlay, null)
    return this.doing.signal
  }

  protected override fail(problem: Problem): void {
    this.begin('none')
    this.problem = problem
  }

  /** Gives stage and overlay the picture's shape. */
  private fit(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height && this.overlay.width > 4) return
    this.size = { width, height }
    fitOverlay(this.overlay, width, height)
  }
}
