/** The page's side of the trackers: pictures to landmarks in the layout that a bundle asks for. */

import { landmarksOf, type Hand, type LayoutName } from './hands'
import type { Body } from './pose.worker'
import { Problem } from './problems'
import { place, PLAIN } from './views'
import { Remote } from './wire'

export class Tracker {
  private pose: Promise<Remote> | null = null
  private poseReady = false
  private body: Body | null = null
  /** The body is looked for in every so many pictures, and taken to stay where it was in between. */
  bodyEvery = 1
  private turn = 0
  private lastPose: Float32Array | null = null

  private constructor(private readonly hands: Remote) {}

  /** Loads the hands' tracker: 19 MB the first time, from this server. Throws tracker-failed. */
  static async open(): Promise<Tracker> {
    return new Tracker(await opened(new Worker(new URL('./landmarks.worker.ts', import.meta.url), { type: 'module' })))
  }

  /** Whether landmarks of this layout can be had at once; else `prepare` makes it so. */
  sees(layout: LayoutName): boolean {
    return layout === 'hands' || this.poseReady
  }

  /** Loads what this layout needs beside the hands: 5 MB for the lite body tracker, 8 MB for the full one, once. Throws tracker-failed. */
  async prepare(layout: LayoutName, body: Body = 'lite'): Promise<void> {
    if (layout !== 'hands_pose') return
    if (this.pose && this.body !== body) {
      void this.pose.then((other) => other.close())
      ;[this.pose, this.poseReady] = [null, false]
    }
    this.body = body
    this.pose ??= opened(new Worker(new URL('./pose.worker.ts', import.meta.url), { type: 'module' }), body)
    try {
      await this.pose
      this.poseReady = true
    } catch (error) {
      this.pose = null // the next try begins anew
      throw error
    }
  }

  /** Begins a fresh stream of frames. */
  async start(): Promise<void> {
    ;[this.turn, this.lastPose, this.bodyEvery] = [0, null, 1]
    await Promise.all([this.hands.call('start', []), this.pose?.then((pose) => pose.call('start', []))])
  }

  /** Landmarks (P × 3) of a picture, or of what a video shows now, time in s from the stream's start. */
  async see(shown: HTMLVideoElement | ImageBitmap, time: number, layout: LayoutName): Promise<Float32Array> {
    const { width, height } = 'videoWidth' in shown ? place(PLAIN, shown.videoWidth, shown.videoHeight) : place(PLAIN, shown.width, shown.height)
    const moving = layout === 'hands_pose'
    const bodyToo = moving && this.turn++ % this.bodyEvery === 0
    // Both pictures are taken at once, before the video moves on.
    const frames = (bodyToo ? [0, 1] : [0]).map(() => createImageBitmap(shown, { resizeWidth: width, resizeHeight: height }))
    const [forHands, forPose] = await Promise.all(frames)
    const [hands, pose] = await Promise.all([
      this.hands.call<Hand[]>('see', [forHands, time], [forHands!]),
      forPose && this.pose!.then((remote) => remote.call<Float32Array | null>('see', [forPose, time], [forPose])),
    ])
    if (bodyToo) this.lastPose = pose ?? null
    return landmarksOf(layout, hands, moving ? this.lastPose : null, width, height)
  }

  /** Landmarks (42 × 3) of a photo; the bitmap is used up. */
  async still(picture: ImageBitmap): Promise<Float32Array> {
    const { width, height } = picture
    return landmarksOf('hands', await this.hands.call<Hand[]>('still', [picture], [picture]), null, width, height)
  }
}

async function opened(worker: Worker, ...args: unknown[]): Promise<Remote> {
  const remote = new Remote(worker)
  try {
    await remote.call('open', args)
    return remote
  } catch (error) {
    remote.close()
    throw new Problem('tracker-failed', error instanceof Error ? error.message : String(error))
  }
}
