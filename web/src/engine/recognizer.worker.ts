/** The network, off the page's thread: raw landmarks in, logits or embedding out. All normalising is inside the graph. */

import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'

import type { Golden } from './bundle'
import { serve } from './wire'

// One thread: the network takes about a millisecond, and threads would need cross-origin isolation.
env.wasm.numThreads = 1
env.logLevel = 'error'

/** Wasm and the processor may differ in the last bits, no more. */
const TOLERANCE = 1e-3

let session: InferenceSession | null = null

/** Opens the network and checks that it answers here as it did where it was made. */
async function open(model: Uint8Array, golden: Golden[]): Promise<void> {
  const opened = await InferenceSession.create(model, { executionProviders: ['wasm'] })
  for (const [i, one] of golden.entries()) {
    const points = Float32Array.from(one.landmarks.flat(2), (v) => v ?? NaN)
    const logits = await run(opened, points, Float32Array.from(one.times), one.aspect)
    const off = Math.max(...one.logits.map((want, c) => Math.abs(want - logits[c]!)))
    if (!(off <= TOLERANCE)) throw new Error(`answers golden case ${i} differently here (by ${off.toPrecision(2)})`)
  }
  await session?.release()
  session = opened
}

/** Landmarks (T × P × 3) with NaN = not seen, times (T) in s from the first, aspect = width / height → logits (C). */
function ask(landmarks: Float32Array, times: Float32Array, aspect: number): Promise<Float32Array> {
  return run(session!, landmarks, times, aspect)
}

/** As `ask` → embedding (E): what tells signs apart that the network was not trained on. */
function embed(landmarks: Float32Array, times: Float32Array, aspect: number): Promise<Float32Array> {
  return run(session!, landmarks, times, aspect, 'embedding')
}

async function run(
  on: InferenceSession,
  landmarks: Float32Array,
  times: Float32Array,
  aspect: number,
  wanted: 'logits' | 'embedding' = 'logits',
): Promise<Float32Array> {
  const [frames, points] = [times.length, landmarks.length / times.length / 3]
  const out = await on.run(
    {
      landmarks: new Tensor('float32', landmarks, [1, frames, points, 3]),
      times: new Tensor('float32', times, [1, frames]),
      aspect: new Tensor('float32', Float32Array.of(aspect), [1]),
    },
    [wanted],
  )
  return new Float32Array(out[wanted]!.data as Float32Array)
}

serve({ open, ask, embed })
