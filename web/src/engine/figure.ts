/**
 * A tutorial's moment as shapes to draw, the farthest first: a body without a face, and hands with thickness, whose palm
 * and back, nails and order in depth can be told apart. Coordinates are the picture's width × 1000.
 */

import type { Side } from './hands'
import { LAYOUTS } from './layouts'
import type { Tutorial } from './tutorials'

/** One stroke or area. `kind` names its colours; `width` is the stroke's. */
export interface Shape {
  kind: string
  d: string
  width: number
}

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Look {
  /** As a left-handed signer makes it: everything changes sides. */
  leftHanded: boolean
  /** As in a mirror: the picture is turned, hands stay what they are. */
  mirrored: boolean
}

type Point = readonly [x: number, y: number, z: number]
/** What is drawn together; z tells what lies before it. */
interface Piece {
  z: number
  shapes: Shape[]
}

const SCALE = 1000
/** A head's height over its breadth, and how far its middle lies above the nose, in its radius: brow and chin are where signs need them. */
const TALL = 1.25
const NOSE_BELOW = 0.44
/** Widths as parts of the palm's length: a finger's; of the shoulders' width: an arm's. */
const FINGER = 0.2
const ARM = 0.17
/** From the shoulders to the hips. */
const TRUNK = 1.4
/** How much farther a finger goes towards the viewer than across the picture, to be drawn as one that points here. */
const POINTS_HERE = 1.2
/** Half a wrist's breadth as a part of the knuckles'. */
const HEEL = 0.24
const FINGERS = [5, 9, 13, 17] as const
const DEPTH = [0, 5, 9, 13, 17] as const

/** The shapes of these points (P × 3 of the tutorial's layout). */
export function figureOf({ layout, aspect, head }: Tutorial, points: Float32Array, { leftHanded, mirrored }: Look): Shape[] {
  const { parts } = LAYOUTS[layout]!
  const flip = leftHanded !== mirrored
  const at = (i: number): Point => [
    SCALE * (flip ? 1 - points[3 * i]! : points[3 * i]!),
    (SCALE * points[3 * i + 1]!) / aspect,
    SCALE * (points[3 * i + 2]! || 0),
  ]
  const body = parts.pose ? bodyOf(at, parts.pose[0], SCALE * (head ?? 0)) : []
  const hands = (['left', 'right'] as const).flatMap((side) => {
    const from = parts[`${side}_hand`]![0]
    if (Number.isNaN(points[3 * from]!)) return []
    const hand = Array.from({ length: 21 }, (_, i) => at(from + i))
    const shown: Side = leftHanded ? (side === 'left' ? 'right' : 'left') : side
    // A flip turns what a cross product says of the palm.
    return handOf(hand, shown, (side === 'right') !== flip, !parts.pose)
  })
  return [...body, ...hands]
}

/** What the picture must show: every moment's hands, the head and the arms, as a square with a margin. */
export function boxOf({ layout, aspect, head, frames }: Tutorial, { leftHanded, mirrored }: Look): Box {
  const { parts, points } = LAYOUTS[layout]!
  const which = [...range(parts.left_hand!), ...range(parts.right_hand!), ...['left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow'].map((name) => points.indexOf(`pose.${name}`))]
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  const take = (x: number, y: number): void => {
    if (Number.isNaN(x)) return
    ;[left, right] = [Math.min(left, x), Math.max(right, x)]
    ;[top, bottom] = [Math.min(top, y), Math.max(bottom, y)]
  }
  for (const frame of frames) {
    for (const i of which) if (i >= 0) take(frame[3 * i]!, frame[3 * i + 1]! / aspect)
    const nose = 3 * points.indexOf('pose.nose')
    if (head && nose >= 0) take(frame[nose]!, frame[nose + 1]! / aspect - (TALL + NOSE_BELOW) * head)
  }
  // Things of one kind are shown at one size, unless they move far.
  const half = Math.max(head ? 0.3 : 0.44, (right - left) / 2 + (head ? 0.03 : 0.06), (bottom - top) / 2 + 0.04)
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  return { x: SCALE * ((leftHanded !== mirrored ? 1 - x : x) - half), y: SCALE * (y - half), width: SCALE * 2 * half, height: SCALE * 2 * half }
}

/** A square around two. */
export function around(a: Box, b: Box): Box {
  const [left, top] = [Math.min(a.x, b.x), Math.min(a.y, b.y)]
  const size = Math.max(a.x + a.width, b.x + b.width) - left
  const wide = Math.max(size, Math.max(a.y + a.height, b.y + b.height) - top)
  return { x: left - (wide - size) / 2, y: top, width: wide, height: wide }
}

/** Where the leading hand has been up to this frame: a line that shows a movement in a still picture. */
export function trailOf({ frames, layout, aspect, gloss }: Tutorial, frame: number, { leftHanded, mirrored }: Look): string {
  const from = LAYOUTS[layout]!.parts.right_hand![0]
  // J is drawn by the little finger, Z by the index finger; a whole hand is followed by its middle knuckle.
  const point = from + (layout === 'hands' ? (gloss === 'J' ? 20 : 8) : 9)
  const way = frames.slice(0, frame + 1).map((points) => {
    const x = points[3 * point]!
    return [SCALE * (leftHanded !== mirrored ? 1 - x : x), (SCALE * points[3 * point + 1]!) / aspect] as const
  })
  return line(way)
}

function bodyOf(at: (i: number) => Point, from: number, radius: number): Shape[] {
  const point = (name: string): Point => at(from + LAYOUTS.hands_pose!.points.indexOf(`pose.${name}`) - LAYOUTS.hands_pose!.parts.pose![0])
  const [left, right] = [point('left_shoulder'), point('right_shoulder')]
  const wide = Math.hypot(left[0] - right[0], left[1] - right[1])
  // Hips below the picture's edge are guessed: as wide as they are with others.
  const hip = (name: string, shoulder: Point): Point => {
    const seen = point(name)
    return Number.isNaN(seen[0]) ? [shoulder[0], shoulder[1] + TRUNK * wide, 0] : seen
  }
  const [leftHip, rightHip] = [hip('left_hip', left), hip('right_hip', right)]
  const nose = point('nose')
  const middle: Point = [nose[0], nose[1] - NOSE_BELOW * radius, 0]
  const neck: Point = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, 0]
  const shapes: Shape[] = [
    ...solid('body', line([middle, neck]), 0.32 * wide),
    ...solid('body area', `${line([left, right, rightHip, leftHip])}Z`, ARM * wide),
    ...solid('body area', circle(middle, radius), 0),
  ]
  for (const side of ['left', 'right']) {
    const arm = ['shoulder', 'elbow', 'wrist'].map((joint) => point(`${side}_${joint}`))
    if (!arm.some(([x]) => Number.isNaN(x))) shapes.push(...solid('body arm', line(arm), ARM * wide))
  }
  return shapes
}

/** `turned`: whether a palm that faces the viewer has a negative cross product of its knuckles in this picture. */
function handOf(hand: Point[], side: Side, turned: boolean, alone: boolean): Shape[] {
  const [wrist, index, little] = [hand[0]!, hand[5]!, hand[17]!]
  const [a, b] = [minus(index, wrist), minus(little, wrist)]
  const palmShows = a[0] * b[1] - a[1] * b[0] < 0 === turned
  const size = Math.max(length(minus(hand[9]!, wrist)), length(a), length(b))
  const thick = FINGER * size
  const face = palmShows ? 'palm' : 'back'
  // A wrist is a point to the tracker. It is a good half as wide as the knuckles, whichever way the hand is turned.
  const [up, breadth] = [minus(hand[9]!, wrist), HEEL * length(minus(index, little))]
  const side2d = Math.sign(up[0] * (index[1] - little[1]) - up[1] * (index[0] - little[0])) / (Math.hypot(up[0], up[1]) || 1)
  const aside: Point = [-up[1] * breadth * side2d, up[0] * breadth * side2d, 0]
  const heel = [plus(wrist, aside), minus(wrist, aside)] as const
  const palm = [heel[0], hand[1]!, ...FINGERS.map((i) => hand[i]!), heel[1]]
  const pieces: Piece[] = [
    {
      z: mean(DEPTH.map((i) => hand[i]![2])),
      shapes: [...solid(`${side} area ${face}`, `${line(palm)}Z`, 0.8 * thick), ...marksOf(hand, palmShows, thick, side)],
    },
    // A thumb lies over or under fingers with its last two bones.
    { ...piece(`${side} thumb`, [1, 2, 3, 4].map((i) => hand[i]!), 1.08 * thick), z: mean([3, 4].map((i) => hand[i]![2])) },
  ]
  const across = minus(little, index)
  for (const base of FINGERS) {
    const [mcp, pip, dip, tip] = [hand[base]!, hand[base + 1]!, hand[base + 2]!, hand[base + 3]!]
    // A straight finger is one piece; one that folds over itself, two, so that what lies in front is seen to.
    const [first, second] = [minus(pip, mcp), minus(tip, pip)]
    const folded = first[0] * second[0] + first[1] * second[1] < 0.5 * Math.hypot(first[0], first[1]) * Math.hypot(second[0], second[1])
    if (folded) pieces.push(piece(side, [mcp, pip], thick))
    const outer = piece(side, folded ? [pip, dip, tip] : [mcp, pip, dip, tip], thick)
    // A finger that points at the viewer is short in the picture; its tip, so near, is large.
    const pointing = minus(tip, mcp)
    if (!folded && pointing[2] < -POINTS_HERE * Math.hypot(pointing[0], pointing[1])) outer.shapes.push(...solid(side, line([tip, tip]), 1.5 * thick))
    // The back of a fingertip looks along across × its direction; smaller z is nearer.
    const along = minus(tip, dip)
    const backwards = (across[0] * along[1] - across[1] * along[0]) * (turned ? 1 : -1)
    if (backwards < 0 && Math.hypot(along[0], along[1]) > 0.25 * thick) outer.shapes.push({ kind: `${side} nail`, d: line([mix(dip, tip, 0.55), mix(dip, tip, 0.95)]), width: 0.5 * thick })
    pieces.push(outer)
  }
  pieces.sort((p, q) => q.z - p.z)
  // A forearm that points at the viewer is behind the hand.
  const forearm = alone && Math.hypot(up[0], up[1]) > 0.5 * size ? solid(`${side}`, line([wrist, mix(wrist, hand[9]!, -1.4)]), 0.52 * size) : []
  return [...forearm, ...pieces.flatMap((one) => one.shapes)]
}

/** A palm has its crease, a back its knuckles. */
function marksOf(hand: Point[], palmShows: boolean, thick: number, side: Side): Shape[] {
  if (palmShows) {
    const [from, to] = [mix(hand[0]!, hand[5]!, 0.72), mix(hand[0]!, hand[17]!, 0.66)]
    return [{ kind: `${side} mark`, d: line([from, mix(hand[0]!, hand[9]!, 0.55), to]), width: 0.12 * thick }]
  }
  return FINGERS.map((i) => ({ kind: `${side} mark`, d: line([hand[i]!, hand[i]!]), width: 0.42 * thick }))
}

function piece(kind: string, points: Point[], width: number): Piece {
  return { z: mean(points.map((p) => p[2])), shapes: solid(kind, line(points), width) }
}

/** The shape with an edge around it: the edge first, a little wider. */
function solid(kind: string, d: string, width: number): Shape[] {
  return [
    { kind: `${kind} edge`, d, width: width + 7 },
    { kind, d, width },
  ]
}

const line = (points: readonly (readonly [number, number, ...number[]])[]): string => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`
const circle = ([x, y]: Point, r: number): string => `M${x - r} ${y}a${r} ${TALL * r} 0 1 0 ${2 * r} 0a${r} ${TALL * r} 0 1 0 ${-2 * r} 0Z`
const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const plus = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const mix = (a: Point, b: Point, share: number): Point => [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])]
const length = (a: Point): number => Math.hypot(...a)
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
const range = ([from, to]: readonly [number, number]): number[] => Array.from({ length: to - from }, (_, i) => from + i)
