/** A bundle, opened: landmarks in, a ranked answer out. */

import { openBundle, type Manifest } from './bundle'
import { decide, UNSEEN, type Prediction } from './decide'
import { seen, type LayoutName } from './hands'
import { Problem } from './problems'
import { Remote } from './wire'

/** Landmarks over time: one array (P × 3) a frame, times in s, aspect = width / height of the picture. */
export interface Clip {
  frames: Float32Array[]
  times: number[]
  aspect: number
}

/** What answers clips; `Recognizer` in the page, a stand-in in tests. */
export interface Predictor {
  readonly manifest: Manifest
  predict(clip: Clip): Promise<Prediction>
}

/** How many signs an answer ranks: more than a bundle's own number, for whoever wants to look closer. */
const RANKED = 10

/** The layout that the page answers each task in; src/deepsign/serve/app.py offers no other bundles. */
const READS: Record<string, LayoutName> = { handshape: 'hands', isolated: 'hands_pose' }

/** Whether the bundle's signs are movements, which boundaries cut out of a stream; else they are held. */
export const moves = ({ manifest }: Predictor): boolean => manifest.task === 'isolated'

export class Recognizer implements Predictor {
  private constructor(
    private readonly remote: Remote,
    readonly manifest: Manifest,
  ) {}

  /** Fetches, verifies and opens a bundle. Throws bundle-failed. */
  static async open(name: string): Promise<Recognizer> {
    const { manifest, model, golden } = await openBundle(name)
    const { task, input } = manifest
    if (READS[task] !== input.layout) throw new Problem('bundle-failed', `${name}: this page can't do ${task} with ${input.layout}`)
    const remote = new Remote(new Worker(new URL('./recognizer.worker.ts', import.meta.url), { type: 'module' }))
    try {
      await remote.call('open', [model, golden], [model.buffer])
    } catch (error) {
      remote.close()
      throw new Problem('bundle-failed', `${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    return new Recognizer(remote, manifest)
  }

  get layout(): LayoutName {
    return this.manifest.input.layout as LayoutName
  }

  async predict(clip: Clip): Promise<Prediction> {
    if (!clip.frames.some(seen)) return UNSEEN
    const logits = await this.logits(clip)
    return decide(logits, this.manifest.labels, { ...this.manifest.decision, top_k: RANKED }, clip.frames.length === 1)
  }

  /** The network's raw answer (C numbers, in the labels' order) to a clip in which a hand was seen. */
  logits(clip: Clip): Promise<Float32Array> {
    return this.run('ask', clip)
  }

  /** What the network makes of a clip before it names it (E numbers); clips of one sign lie near one another. */
  embed(clip: Clip): Promise<Float32Array> {
    return this.run('embed', clip)
  }

  close(): void {
    this.remote.close()
  }

  private run(what: 'ask' | 'embed', clip: Clip): Promise<Float32Array> {
    const { landmarks, times } = stacked(clip)
    return this.remote.call<Float32Array>(what, [landmarks, times, clip.aspect], [landmarks.buffer, times.buffer])
  }
}

/** The clip as the graph takes it: all frames' points in a row, times from the first frame. */
export function stacked({ frames, times }: Clip): { landmarks: Float32Array<ArrayBuffer>; times: Float32Array<ArrayBuffer> } {
  const size = frames[0]?.length ?? 0
  const landmarks = new Float32Array(frames.length * size)
  frames.forEach((frame, i) => landmarks.set(frame, i * size))
  return { landmarks, times: Float32Array.from(times, (t) => t - times[0]!) }
}
