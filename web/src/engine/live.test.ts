import { expect, test } from 'vitest'

import { decide, UNSEEN } from './decide'
import { HANDS, seen } from './hands'
import { LAYOUTS } from './layouts'
import { answerClip, HeldSigns, liveSigns, MovedSigns } from './live'
import { stacked, type Clip, type Predictor } from './recognizer'

const BODY = LAYOUTS.hands_pose!.points
/** Where the right hand begins in a frame of hands and body. */
const RIGHT = 3 * BODY.indexOf('right_hand.wrist')
const label = (gloss: string) => ({ gloss, say: gloss, needs_motion: false, still_as: null })
const asked: Clip[] = []
/** A for a hand right of the middle, B left of it: the same toy that tests/toys.py makes. */
const toy = {
  manifest: {
    task: 'handshape',
    labels: ['A', 'B', 'none'].map(label),
    input: { kind: 'landmarks', layout: 'hands', window: 0.5 },
    decision: { temperature: 1, reject_below: 0.5, none_gloss: 'none', per_sign_accept: {}, false_accept: 0.05, top_k: 3 },
  },
  predict(clip: Clip) {
    asked.push(clip)
    const there = clip.frames.filter(seen)
    if (!there.length) return Promise.resolve(UNSEEN)
    const wrist = there[0]!.length === HANDS.points.length * 3 ? 63 : RIGHT
    const x = there.reduce((sum, f) => sum + f[wrist]!, 0) / there.length
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
  const live = new HeldSigns(toy, 1)
  for (const [i, x] of [...many(0.9, 10), ...many(null, 8)].entries()) {
    const { progress } = await live.feed(frame(x), i / 20)
    if (i === 17) expect(progress.gloss).toBeNull()
  }
  expect(await live.finish()).toBeNull()
})

test('a clip is stacked as the graph takes it: times from its first frame', () => {
  const { landmarks, times } = stacked({ frames: [frame(0.5), frame(null)], times: [3, 3.25], aspect: 1 })
  expect([...times]).toEqual([0, 0.25])
  expect(landmarks.length).toBe(2 * 126)
  expect(landmarks[63]).toBe(0.5)
  expect(landmarks[126 + 63]).toBeNaN()
})

/** The same toy for signs that move. */
const moving = { ...toy, manifest: { ...toy.manifest, task: 'isolated' } } as unknown as Predictor

/** A body whose right hand rests, is lifted to x at 1 s, moves up and down, and sinks again by 2.4 s. */
function signing(x: number, seconds = 3.4, from = 0): Clip {
  const times = Array.from({ length: Math.round(20 * seconds) }, (_, i) => from + i / 20)
  const height = (t: number): number => {
    const at = t - from - 1
    if (at < 0 || at > 1.4) return 0.95
    return at < 0.3 ? 0.95 - (0.45 * at) / 0.3 : at > 1.1 ? 0.5 + (0.45 * (at - 1.1)) / 0.3 : 0.5 + 0.15 * Math.sin(8 * (at - 0.3))
  }
  const frames = times.map((t) => {
    const points = new Float32Array(BODY.length * 3).fill(NaN)
    points.set([0.6, 0.4], 3 * BODY.indexOf('pose.left_shoulder'))
    points.set([0.4, 0.4], 3 * BODY.indexOf('pose.right_shoulder'))
    points.set([0.65, 0.95], 3 * BODY.indexOf('pose.left_wrist'))
    points.set([x, height(t)], RIGHT)
    return points
  })
  return { frames, times, aspect: 1 }
}

test('a sign that moves is answered once, as soon as it is over, about its own frames', async () => {
  const live = liveSigns(moving, 1)
  expect(live).toBeInstanceOf(MovedSigns)
  asked.length = 0
  const { frames, times } = signing(0.9)
  const answers = []
  for (const [i, points] of frames.entries()) answers.push(await live.feed(points, times[i]!))
  const ended = answers.findIndex((a) => a.sign)
  expect(answers.filter((a) => a.sign).length).toBe(1)
  expect(answers[ended]!.sign!.segment!.gloss).toBe('A')
  expect(times[ended]! - 2.4).toBeLessThan(0.35)
  expect(asked.length).toBe(1)
  expect([asked[0]!.times[0]! > 0.8, asked[0]!.times.at(-1)! < 2.6]).toEqual([true, true])
  expect(new Set(answers.map((a) => a.state))).toEqual(new Set(['wait', 'ready', 'signing', 'done']))
  expect(await live.finish()).toBeNull()
})

test('one that the model does not know has no segment', async () => {
  const live = new MovedSigns(moving, 1)
  const { frames, times } = signing(0.5)
  const signs = []
  for (const [i, points] of frames.entries()) signs.push((await live.feed(points, times[i]!)).sign)
  const [sign, ...more] = signs.filter((s) => s !== null)
  expect([sign!.segment, sign!.prediction.known, more]).toEqual([null, false, []])
})

test('a recording gives its known signs, and the surest of them as its answer', async () => {
  const parts = [signing(0.7, 3, 0), signing(0.5, 3, 3), signing(0.1, 3, 6)]
  const long: Clip = { frames: parts.flatMap((p) => p.frames), times: parts.flatMap((p) => p.times), aspect: 1 }
  const { prediction, signs } = await answerClip(moving, long)
  expect(signs.map((s) => s.segment.gloss)).toEqual(['A', 'B'])
  expect(prediction.candidates[0]!.gloss).toBe('B')
})

test('hands that never move as signs do are no sign, however sure the whole is', async () => {
  const { frames } = signing(0.9, 1)
  const times = Array.from({ length: 140 }, (_, i) => i / 20)
  const { prediction, signs } = await answerClip(moving, { frames: times.map(() => frames[0]!), times, aspect: 1 })
  expect([signs, prediction.known, prediction.candidates[0]!.gloss]).toEqual([[], false, 'A'])
})

test('a sign that is held for long keeps its surest answer alone', async () => {
  const live = new HeldSigns(toy, 1)
  for (let i = 0; i < 300; i++) await live.feed(frame(i === 40 ? 0.99 : 0.9), i / 15)
  expect((live as unknown as { rankings: unknown[] }).rankings.length).toBe(1)
  const sign = await live.finish()
  expect(sign!.segment).toMatchObject({ gloss: 'A', start: 0, end: 299 / 15 })
  expect(sign!.prediction.candidates[0]!.probability).toBeGreaterThan((await toy.predict(clip([0.9, 0.9]))).candidates[0]!.probability)
})
