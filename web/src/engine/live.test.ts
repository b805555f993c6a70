import { expect, test } from 'vitest'

import { decide, UNSEEN } from './decide'
import { HANDS, seen } from './hands'
import { answerClip, Live } from './live'
import { stacked, type Clip, type Predictor } from './recognizer'

const label = (gloss: string) => ({ gloss, say: gloss, needs_motion: false, still_as: null })
const asked: Clip[] = []
/** A for a hand right of the middle, B left of it: the same toy that tests/toys.py makes. */
const toy = {
  manifest: {
    labels: ['A', 'B', 'none'].map(label),
    input: { kind: 'landmarks', layout: 'hands', window: 0.5 },
    decision: { temperature: 1, reject_below: 0.5, none_gloss: 'none', per_sign_accept: {}, false_accept: 0.05, top_k: 3 },
  },
  predict(clip: Clip) {
    asked.push(clip)
    const there = clip.frames.filter(seen)
    if (!there.length) return Promise.resolve(UNSEEN)
    const x = there.reduce((sum, f) => sum + f[63]!, 0) / there.length
    const { labels, decision } = toy.manifest
    return Promise.resolve(decide([20 * (x - 0.5), 20 * (0.5 - x), 1.5], labels, decision, clip.frames.length === 1))
  },
} as unknown as Predictor & { manifest: { labels: never; decision: never } }

const frame = (x: number | null): Float32Array => {
  const points = new Float32Array(HANDS.points.length * 3).fill(NaN)
  if (x !== null) points.fill(x, 63)
  return points
}
const clip = (xs: (number | null)[], fps = 20): Clip => ({ frames: xs.map(frame), times: xs.map((_, i) => i / fps), aspect: 1 })
const many = (x: number | null, count: number) => Array.from({ length: count }, () => x)

test('a window holds no more seconds than the bundle looks back on', async () => {
  asked.length = 0
  await answerClip(toy, clip(many(0.9, 40)))
  const spans = asked.slice(1).map((c) => c.times.at(-1)! - c.times[0]!)
  expect(Math.max(...spans)).toBeCloseTo(0.5, 6)
})

test('letters held in a clip are found in order', async () => {
  const { signs } = await answerClip(toy, clip([...many(0.9, 20), ...many(null, 10), ...many(0.1, 24)]))
  expect(signs.map((s) => s.segment.gloss)).toEqual(['A', 'B'])
})

test('a longer clip is answered by its longest sign, a still and a short one as a whole', async () => {
  const long = await answerClip(toy, clip([...many(0.9, 14), ...many(null, 10), ...many(0.1, 30)]))
  expect(long.prediction.candidates[0]!.gloss).toBe('B')
  expect((await answerClip(toy, clip([0.9]))).prediction.candidates[0]!.gloss).toBe('A')
})

test('a clip without a hand has no answer', async () => {
  expect(await answerClip(toy, clip(many(null, 30)))).toEqual({ prediction: UNSEEN, signs: [] })
})

test('a hand that has gone is not held any longer', async () => {
  const live = new Live(toy, 1)
  for (const [i, x] of [...many(0.9, 10), ...many(null, 8)].entries()) {
    const { progress } = await live.feed(frame(x), i / 20)
    if (i === 17) expect(progress.gloss).toBeNull()
  }
  expect(live.finish()).toBeNull()
})

test('a clip is stacked as the graph takes it: times from its first frame', () => {
  const { landmarks, times } = stacked({ frames: [frame(0.5), frame(null)], times: [3, 3.25], aspect: 1 })
  expect([...times]).toEqual([0, 0.25])
  expect(landmarks.length).toBe(2 * 126)
  expect(landmarks[63]).toBe(0.5)
  expect(landmarks[126 + 63]).toBeNaN()
})
