import { expect, test } from 'vitest'

import { attemptIn, attemptsAt, type Attempt, type Attempts, type Judge } from './attempts'
import type { Label } from './bundle'
import { HANDS } from './hands'
import { LAYOUTS } from './layouts'

const BODY = LAYOUTS.hands_pose!.points
const label = (gloss: string): Label => ({ gloss, say: gloss, needs_motion: false, still_as: null })

/** A for a right hand right of the middle, B left of it, none in between: tests/toys.py's toy. */
const toy = (task: 'handshape' | 'isolated'): Judge =>
  ({
    manifest: {
      task,
      labels: ['A', 'B', 'none'].map(label),
      input: { kind: 'landmarks', layout: task === 'isolated' ? 'hands_pose' : 'hands', window: 0.5 },
      decision: { temperature: 1, reject_below: 0.5, none_gloss: 'none', per_sign_accept: { A: 0.9, B: 0.9 }, false_accept: 0.05, top_k: 3 },
    },
    logits(clip: { frames: Float32Array[] }) {
      const wrist = task === 'isolated' ? 3 * BODY.indexOf('right_hand.wrist') : 63
      const xs = clip.frames.map((f) => f[wrist]!).filter((x) => !Number.isNaN(x))
      const x = xs.reduce((a, b) => a + b, 0) / xs.length
      return Promise.resolve(Float32Array.of(20 * (x - 0.5), 20 * (0.5 - x), 1.5))
    },
  }) as unknown as Judge

const TASK = { gloss: 'A', strictness: 'normal', hold: 0.5 } as const

function hand(x: number | null): Float32Array {
  const points = new Float32Array(HANDS.points.length * 3).fill(NaN)
  if (x !== null) points.fill(x, 63)
  return points
}

/** A body in the middle whose right hand is at x, y. */
function body(x: number, y: number): Float32Array {
  const points = new Float32Array(BODY.length * 3).fill(NaN)
  const put = (name: string, at: number[]): void => points.set(at, 3 * BODY.indexOf(name))
  put('pose.left_shoulder', [0.65, 0.4, 0])
  put('pose.right_shoulder', [0.35, 0.4, 0])
  put('pose.left_wrist', [0.7, 0.9, 0])
  put('pose.right_wrist', [x, y, 0])
  put('right_hand.wrist', [x, y, 0])
  return points
}

/** Feeds pictures at 20 a second; the attempts that they were. `pressed`: the learner says "now" before these. */
async function all(attempts: Attempts, pictures: readonly Float32Array[], pressed: readonly number[] = []): Promise<Attempt[]> {
  const found: Attempt[] = []
  for (const [i, points] of pictures.entries()) {
    if (pressed.includes(i)) attempts.press()
    const { attempt } = await attempts.feed(points, i / 20)
    if (attempt) found.push(attempt)
  }
  return found
}
const outcomes = (found: readonly Attempt[]): string[] => found.map(({ verdict }) => verdict.looksLike ?? verdict.outcome)
const many = <T>(one: T, count: number): T[] => Array.from({ length: count }, () => one)

test('a handshape counts once it was held, and once', async () => {
  const found = await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(0.9), 60))
  expect(outcomes(found)).toEqual(['accepted'])
  expect(found[0]!.end).toBeCloseTo(0.5, 6)
})

test('another handshape is named; what is nothing for three seconds is not sure', async () => {
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(0.1), 30)))).toEqual(['B'])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(0.5), 59)))).toEqual([])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(0.5), 62)))).toEqual(['unsure'])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(null), 100)))).toEqual([])
})

test('what the hand still shows from before is no try at this', async () => {
  const still = many(hand(0.1), 80)
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK, 'B'), still))).toEqual([])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK, 'B'), [...still, ...many(hand(0.9), 30)]))).toEqual(['accepted'])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK, 'B'), [...still, ...many(hand(null), 10), ...many(hand(0.1), 20)]))).toEqual(['B'])
})

test('the learner may say when: at once for a handshape', async () => {
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(0.9), 4), [3]))).toEqual(['accepted'])
  expect(outcomes(await all(attemptsAt(toy('handshape'), 1, TASK), many(hand(null), 4), [3]))).toEqual(['unsure'])
})

const rest = many(body(0.8, 0.95), 20)
const up = Array.from({ length: 10 }, (_, i) => body(0.8, 0.95 - 0.06 * i))
const sign = [...rest, ...up, ...[...up].reverse(), ...rest]

test('a sign that moves is judged when the hands are at rest again', async () => {
  const found = await all(attemptsAt(toy('isolated'), 4 / 3, TASK), sign)
  expect(outcomes(found)).toEqual(['accepted'])
  expect(found[0]!.start).toBeGreaterThan(0.8)
  expect(found[0]!.end).toBeLessThan(2.2)
  expect(outcomes(await all(attemptsAt(toy('isolated'), 4 / 3, { ...TASK, gloss: 'B' }), sign))).toEqual(['A'])
})

test('or from one word of the learner to the next, and not once more by itself', async () => {
  const found = await all(attemptsAt(toy('isolated'), 4 / 3, TASK), sign, [18, 42])
  expect(outcomes(found)).toEqual(['accepted'])
  expect([found[0]!.start, found[0]!.end]).toEqual([0.9, 2.1])
  const forgotten = await all(attemptsAt(toy('isolated'), 4 / 3, TASK), many(body(0.8, 0.4), 100), [5])
  expect(outcomes(forgotten)).toEqual(['accepted'])
  expect(forgotten[0]!.end - forgotten[0]!.start).toBeCloseTo(4, 1)
})

test('hands that rest are no attempt', async () => {
  expect(await all(attemptsAt(toy('isolated'), 4 / 3, TASK), many(body(0.8, 0.95), 100))).toEqual([])
})

test('a recording is judged by the right sign in it, else by its longest, else as a whole', async () => {
  const recording = (pictures: readonly Float32Array[]) => ({ frames: pictures, times: pictures.map((_, i) => i / 20), aspect: 4 / 3 }) as unknown as Parameters<typeof attemptIn>[1]
  const sign = (x: number, count: number): Float32Array[] => [...many(body(0.3, 0.9), 16), ...Array.from({ length: count }, (_, i) => body(x, 0.5 + 0.08 * Math.sin(i / 3))), ...many(body(0.3, 0.9), 16)]
  const judgedIn = async (pictures: readonly Float32Array[]): Promise<string[]> => outcomes([await attemptIn(toy('isolated'), recording(pictures), TASK)])
  expect(await judgedIn([...sign(0.2, 30), ...sign(0.8, 16)])).toEqual(['accepted'])
  expect(await judgedIn(sign(0.2, 20))).toEqual(['B'])
  expect(await judgedIn(many(body(0.8, 0.5), 20))).toEqual(['accepted'])
})
