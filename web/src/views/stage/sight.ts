/** What stands in the way of seeing a signer well, judged picture by picture: nobody there, too near, cut off, dark, slow. */

import { HANDS, layoutOf, seen, seenBody, SIDES } from '../../engine/hands'
import { LAYOUTS } from '../../engine/layouts'
import { SLOW, SLOW_FOR } from '../../engine/pace'

export type Hindrance = 'dark' | 'no-hand' | 'no-body' | 'two-people' | 'too-near' | 'too-far' | 'cut-off' | 'slow'
/** Which way the signer should move, as the camera's picture has it (a mirrored view shows it the other way round). */
export type Way = 'left' | 'right' | 'up' | 'down'

export interface Advice {
  hindrance: Hindrance
  way: Way | null
}

/** Whether the signer is to be shown where to be. */
export const isLost = ({ hindrance }: Advice): boolean => !['dark', 'two-people', 'slow'].includes(hindrance)

/** Seconds without a hand, or without shoulders where they are needed, before the page says what to do. */
const UNSEEN_FOR = 3
/** Seconds that any other hindrance lasts before it is spoken of: nobody wants to be told in passing. */
const LASTING = 1.5
/** Pictures over which the speed is averaged. */
const OVER = 20
/** Mean brightness, 0 … 255, under which trackers lose hands. */
const DARK = 40
/** Shoulder widths, as shares of the picture's width. */
const [NARROW, BROAD] = [0.13, 0.62]
/** A hand's longer side, as a share of the picture's height. */
const [SMALL, LARGE] = [0.1, 0.9]
/** Shoulders lower than this leave no room for hands below the chin. */
const LOW = 0.93
/** So many points of a hand outside of the picture: it is cut off. */
const OUTSIDE = 4
/** A hand so many shoulder widths from the body's own wrist is somebody else's. */
const STRANGE = 1.2

const BODY = LAYOUTS.hands_pose!
const at = (name: string): number => 3 * BODY.points.indexOf(name)
const [LEFT, RIGHT, NOSE] = [at('pose.left_shoulder'), at('pose.right_shoulder'), at('pose.nose')]

export class Sight {
  /** No hand, or no shoulders, for a while. Hands that rest out of the picture are no fault of a sign that moves. */
  handless = false
  bodyless = false
  /** Pictures a second; 0 until enough were seen to say. */
  speed = 0
  advice: Advice | null = null

  private lastHand = 0
  private lastBody = 0
  private brightness = 255
  private since = new Map<Hindrance, number>()
  private readonly times: number[] = []

  /** How bright the picture is, 0 … 255; asked for now and then. */
  light(brightness: number): void {
    this.brightness = brightness
  }

  /** Landmarks of the picture seen at `time` s; `moving`: signs that move, which need a body. */
  note(points: Float32Array, time: number, aspect: number): void {
    const moving = layoutOf(points) !== HANDS
    if (seen(points)) this.lastHand = time
    if (!moving || seenBody(points)) this.lastBody = time
    this.handless = !moving && time - this.lastHand >= UNSEEN_FOR
    this.bodyless = time - this.lastBody >= UNSEEN_FOR
    this.times.push(time)
    if (this.times.length > OVER) this.times.shift()
    if (this.times.length >= 5) this.speed = Math.round((this.times.length - 1) / (time - this.times[0]!))
    this.advice = this.judge(points, time, aspect, moving)
  }

  private judge(points: Float32Array, time: number, aspect: number, moving: boolean): Advice | null {
    const now = new Map<Hindrance, Way | null>()
    if (this.brightness < DARK) now.set('dark', null)
    if (this.handless) now.set('no-hand', null)
    for (const { hindrance, way } of moving ? ofBody(points, aspect) : ofHand(points, aspect)) now.set(hindrance, way)
    if (this.bodyless) now.set('no-body', null) // last: a body that is half in the picture is told which way to go
    if (this.speed > 0 && this.speed < SLOW) now.set('slow', null)
    for (const hindrance of this.since.keys()) if (!now.has(hindrance)) this.since.delete(hindrance)
    for (const [hindrance, way] of now) {
      if (!this.since.has(hindrance)) this.since.set(hindrance, time)
      const lasting = hindrance.startsWith('no-') ? 0 : hindrance === 'slow' ? SLOW_FOR : LASTING
      if (time - this.since.get(hindrance)! >= lasting) return { hindrance, way }
    }
    return null
  }
}

/** Where the body stands badly, the worst first. */
function ofBody(points: Float32Array, aspect: number): Advice[] {
  const [lx, ly, rx, ry] = [points[LEFT]!, points[LEFT + 1]!, points[RIGHT]!, points[RIGHT + 1]!]
  if ([lx, ly, rx, ry].some(Number.isNaN)) return []
  const width = Math.hypot(lx - rx, (ly - ry) / aspect)
  const found: Advice[] = []
  if (strangeHand(points, aspect, width * aspect)) found.push({ hindrance: 'two-people', way: null })
  if (width > BROAD) found.push({ hindrance: 'too-near', way: null })
  else if (width < NARROW) found.push({ hindrance: 'too-far', way: null })
  const cut: Way | null =
    Math.min(lx, rx) < 0.02 ? 'right' : Math.max(lx, rx) > 0.98 ? 'left' : points[NOSE + 1]! < 0.02 ? 'down' : Math.max(ly, ry) > LOW ? 'up' : null
  if (cut) found.push({ hindrance: 'cut-off', way: cut })
  return found
}

/** Whether a hand is far from the wrist that the body has on that side, though the picture shows that wrist. */
function strangeHand(points: Float32Array, aspect: number, shoulders: number): boolean {
  return SIDES.some((side) => {
    const [hand, wrist] = [at(`${side}_hand.wrist`), at(`pose.${side}_wrist`)]
    const [x, y] = [points[wrist]!, points[wrist + 1]!]
    if (!(x > 0 && x < 1 && y > 0 && y < 1)) return false
    return Math.hypot((points[hand]! - x) * aspect, points[hand + 1]! - y) > STRANGE * shoulders
  })
}

/** Where the larger hand is held badly. */
function ofHand(points: Float32Array, aspect: number): Advice[] {
  const hands = SIDES.map((side) => {
    const [from, to] = HANDS.parts[`${side}_hand`]!
    return Array.from({ length: to - from }, (_, i) => [points[3 * (from + i)]!, points[3 * (from + i) + 1]!] as const)
  }).filter((hand) => !Number.isNaN(hand[0]![0]))
  const sized = hands.map((hand) => ({ hand, size: Math.max(spread(hand, 0) * aspect, spread(hand, 1)) }))
  const larger = sized.sort((a, b) => b.size - a.size)[0]
  if (!larger) return []
  if (larger.size > LARGE) return [{ hindrance: 'too-near', way: null }]
  if (larger.size < SMALL) return [{ hindrance: 'too-far', way: null }]
  const beyond = (axis: 0 | 1, out: (v: number) => boolean): boolean => larger.hand.filter((p) => out(p[axis])).length >= OUTSIDE
  const ways: [boolean, Way][] = [
    [beyond(0, (v) => v < 0), 'right'],
    [beyond(0, (v) => v > 1), 'left'],
    [beyond(1, (v) => v < 0), 'down'],
    [beyond(1, (v) => v > 1), 'up'],
  ]
  const way = ways.find(([cut]) => cut)?.[1]
  return way ? [{ hindrance: 'cut-off', way }] : []
}

const spread = (hand: readonly (readonly [number, number])[], axis: 0 | 1): number => {
  const values = hand.map((p) => p[axis])
  return Math.max(...values) - Math.min(...values)
}
