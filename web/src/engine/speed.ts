/** How fast a bundle answers on this device: its own golden case, asked again and again. */

import { openBundle, type Golden } from './bundle'
import type { Clip } from './recognizer'
import { recognizerFor } from './recognizers'

/** Milliseconds from landmarks to answer, the way to the worker and back included. */
export interface Speed {
  median: number
  /** Nineteen of twenty answers were at least as fast. */
  p95: number
}

/** The first few runs warm the network up. */
const WARM = 3

export async function speedOf(bundle: string, times = 40): Promise<Speed> {
  const [recognizer, { golden }] = await Promise.all([recognizerFor(bundle), openBundle(bundle)])
  const clip = clipOf(golden[0]!)
  const took: number[] = []
  for (let i = -WARM; i < times; i++) {
    const start = performance.now()
    await recognizer.predict(clip)
    if (i >= 0) took.push(performance.now() - start)
  }
  took.sort((a, b) => a - b)
  return { median: took[Math.floor(times / 2)]!, p95: took[Math.ceil(times * 0.95) - 1]! }
}

function clipOf({ landmarks, times, aspect }: Golden): Clip {
  return { frames: landmarks.map((frame) => Float32Array.from(frame.flat(), (v) => v ?? NaN)), times, aspect }
}
