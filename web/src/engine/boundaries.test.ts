import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { Boundaries, LONGEST, spans, type Span } from './boundaries'
import { LAYOUTS } from './layouts'

type Said = [start: number, end: number, stopped: number, decided: number, held: boolean]
interface Case {
  name: string
  aspect: number
  times: number[]
  /** Shoulders, then each side's own and body's wrist: (T, 6, 2), null where not seen. */
  points: (number | null)[][][]
  states: [number, string][]
  live: Said[]
  recorded: Said[]
}
// The same file that tests/test_boundaries.py reads.
const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/golden/boundaries.json', import.meta.url), 'utf8')) as Case[]

const NAMES = ['pose.left_shoulder', 'pose.right_shoulder', 'left_hand.wrist', 'pose.left_wrist', 'right_hand.wrist', 'pose.right_wrist']
const POINTS = LAYOUTS.hands_pose!.points

function frames(of: Case): Float32Array[] {
  return of.points.map((points) => {
    const frame = new Float32Array(POINTS.length * 3).fill(NaN)
    points.forEach(([x, y], i) => frame.set([x ?? NaN, y ?? NaN], 3 * POINTS.indexOf(NAMES[i]!)))
    return frame
  })
}

function alike(found: Span[], wanted: Said[]): void {
  expect(found.length).toBe(wanted.length)
  found.forEach((span, i) => {
    const [start, end, stopped, decided, held] = wanted[i]!
    for (const [got, want] of [[span.start, start], [span.end, end], [span.stopped, stopped], [span.decided, decided]] as const)
      expect(Math.abs(got - want)).toBeLessThan(1e-3)
    expect(span.held).toBe(held)
  })
}

function watched(of: Case, states: [number, string][] = []): Span[] {
  const machine = new Boundaries(of.aspect)
  states.push([0, machine.state])
  return frames(of).flatMap((points, i) => {
    const span = machine.feed(points, of.times[i]!)
    if (machine.state !== states.at(-1)![1]) states.push([of.times[i]!, machine.state])
    return span ?? []
  })
}

test.each(GOLDEN)('$name: as in Python', (one) => {
  const states: [number, string][] = []
  alike(watched(one, states), one.live)
  expect(states).toEqual(one.states)
  alike(spans(frames(one), one.times, one.aspect), one.recorded)
})

test('the golden cases hold signs', () => {
  expect(GOLDEN.reduce((sum, one) => sum + one.recorded.length, 0)).toBeGreaterThan(5)
})

test('a stream that stood still ends the sign where it stopped', () => {
  const one = GOLDEN.find((x) => x.name === 'one sign')!
  const machine = new Boundaries(one.aspect)
  const all = frames(one)
  const until = one.times.findIndex((t) => t >= 1.8)
  for (let i = 0; i < until; i++) expect(machine.feed(all[i]!, one.times[i]!)).toBeNull()
  expect(machine.state).toBe('signing')
  const span = machine.feed(all.at(-1)!, 60)!
  expect(span.end).toBeLessThan(1.85)
  expect(span.decided).toBe(60)
  expect(machine.state).toBe('wait')
})

test('without a body nothing is found, and whoever never rests is cut off', () => {
  const one = GOLDEN.find((x) => x.name === 'one sign')!
  const blind = frames(one).map((f) => f.slice().fill(NaN, 3 * 32, 3 * 34))
  expect(spans(blind, one.times, one.aspect)).toEqual([])
  const times = Array.from({ length: 120 }, (_, i) => i / 15)
  const still = frames(one)[0]!
  const waving = times.map((t) => {
    const frame = still.slice()
    if (t > 1) frame[3 * POINTS.indexOf('right_hand.wrist') + 1] = 0.5 + 0.2 * Math.sin(8 * t)
    return frame
  })
  const [first] = spans(waving, times, one.aspect)
  expect(first!.end - first!.start).toBeGreaterThan(LONGEST - 0.2)
})

/** Shoulder widths below the shoulders where plain signers rest their hands. */
const LOW = 1.4
/** The right hand goes to each height (shoulder widths below the shoulders) in so many s: tests/made_streams.py's signer at 30 fps. */
function signer(...ways: [height: number, seconds: number][]): { frames: Float32Array[]; times: number[] } {
  const heights: number[] = []
  let at = LOW
  for (const [height, seconds] of ways) {
    const count = Math.round(30 * seconds)
    for (let i = 0; i < count; i++) heights.push(at + ((height - at) * i) / count)
    at = height
  }
  const put = (frame: Float32Array, name: string, x: number, y: number): void => frame.set([0.5 + 0.3 * x, 0.4 + 0.3 * y], 3 * POINTS.indexOf(name))
  const made = heights.map((height) => {
    const frame = new Float32Array(POINTS.length * 3).fill(NaN)
    put(frame, 'pose.left_shoulder', 0.5, 0)
    put(frame, 'pose.right_shoulder', -0.5, 0)
    put(frame, 'pose.left_wrist', 0.4, LOW)
    put(frame, 'right_hand.wrist', -0.4, height)
    return frame
  })
  return { frames: made, times: made.map((_, i) => i / 30) }
}

test('an inner hold revises the sign, and a longer one parts two', () => {
  const twice = (pause: number) => signer([LOW, 1], [0, 0.4], [0, pause], [-0.5, 0.3], [0.2, 0.3], [LOW, 0.4], [LOW, 1])
  const machine = new Boundaries(1)
  const one = twice(0.35)
  const [first, second, ...more] = one.frames.flatMap((points, i) => machine.feed(points, one.times[i]!) ?? [])
  expect([first!.held, second!.start, more]).toEqual([true, first!.start, []])
  expect(second!.end).toBeGreaterThan(first!.end)
  const found = (of: typeof one) => spans(of.frames, of.times, 1).length
  expect([found(one), found(twice(0.8))]).toEqual([1, 2])
})

test('frames that never came are no lost hand', () => {
  const { frames, times } = signer([LOW, 1], [0.3, 0.4], [-0.2, 0.4], [0.3, 0.4], [LOW, 0.4])
  const machine = new Boundaries(1)
  const until = times.findIndex((t) => t >= 1.6)
  for (let i = 0; i < until; i++) machine.feed(frames[i]!, times[i]!)
  expect(machine.state).toBe('signing')
  const blind = frames[until]!.slice().fill(NaN, 0, 3 * 32).fill(NaN, 3 * 34)
  expect(machine.feed(blind, 1.9), 'the first frame without a hand, 0.3 s later').toBeNull()
  expect(machine.state).toBe('signing')
  expect(machine.feed(blind, 2.1)!.end).toBeLessThan(1.61)
})

test('after more than a second without a frame the stream begins anew: nobody knows what was signed', () => {
  const { frames, times } = signer([LOW, 1], [0.3, 0.4], [-0.2, 0.4], [0.3, 0.4], [LOW, 0.4])
  const machine = new Boundaries(1)
  const until = times.findIndex((t) => t >= 1.6)
  for (let i = 0; i < until; i++) machine.feed(frames[i]!, times[i]!)
  expect(machine.feed(frames[until]!, times[until]! + 2)!.end).toBeLessThan(1.61)
  expect(machine.state).toBe('wait')
})
