/** The learner's own attempt as something the page can draw like a tutorial: in the middle, and as large as one. */

import { layoutOf, seen, SIDES } from '../../engine/hands'
import { LAYOUTS } from '../../engine/layouts'
import type { Clip } from '../../engine/recognizer'
import type { Tutorial } from '../../engine/tutorials'
import { faceOf } from '../stage/picture'

const BODY = LAYOUTS.hands_pose!
const SHOULDERS = SIDES.map((side) => 3 * BODY.points.indexOf(`pose.${side}_shoulder`))
/** As wide as tutorials draw shoulders and hands: shares of the picture's width. */
const [SHOULDERS_WIDE, HAND_LONG] = [0.22, 0.62]

/** Middle (fractions of the picture), and by how much to enlarge. */
interface Frame {
  x: number
  y: number
  scale: number
}

export function ownFigure(clip: Clip, gloss: string): Tutorial {
  const body = layoutOf(clip.frames[0]!) === BODY
  const kept = clip.frames.flatMap((points, i) => (body || seen(points) ? i : []))
  const which = kept.length ? kept : [0]
  const frames = which.map((i) => clip.frames[i]!)
  const { x, y, scale } = body ? byShoulders(frames, clip.aspect) : byHand(frames, clip.aspect)
  const moved = frames.map((points) => points.map((v, i) => (i % 3 === 0 ? 0.5 + scale * (v - x) : i % 3 === 1 ? 0.5 + scale * (v - y) : scale * v)))
  const faces = body ? moved.flatMap((points) => faceOf(points) ?? []) : []
  return {
    bundle: '', gloss, layout: body ? 'hands_pose' : 'hands', frames: moved, aspect: clip.aspect,
    times: which.map((i) => clip.times[i]! - clip.times[which[0]!]!),
    head: faces.length ? median(faces.map((face) => face.radius)) : body ? 0.07 : null,
    credit: { made: 'clip', source: '', licence: '' }, video: null, link: null,
  }
}

/** A sign of the body where the learner's own attempt stands in its picture, to be laid under it. */
export const ghostOf = (tutorial: Tutorial, aspect: number): Tutorial =>
  ownFigure({ frames: tutorial.frames.map((points) => points.map((v, i) => (i % 3 === 1 ? (v * aspect) / tutorial.aspect : v))), times: [...tutorial.times], aspect }, tutorial.gloss)

/** Whether a clip is a left-handed signer's: the left hand was seen more often. */
export function isLeftHanded({ frames }: Clip): boolean {
  const [left, right] = SIDES.map((side) => frames.filter((points) => !Number.isNaN(points[3 * layoutOf(points).parts[`${side}_hand`]![0]]!)).length) as [number, number]
  return left > right
}

function byShoulders(frames: readonly Float32Array[], aspect: number): Frame {
  const [left, right] = SHOULDERS as [number, number]
  const there = frames.filter((points) => !Number.isNaN(points[left]! + points[right]!))
  if (!there.length) return { x: 0.5, y: 0.5, scale: 1 }
  const of = (value: (points: Float32Array) => number): number => median(there.map(value))
  const width = of((p) => Math.hypot(p[left]! - p[right]!, (p[left + 1]! - p[right + 1]!) / aspect))
  return { x: of((p) => (p[left]! + p[right]!) / 2), y: of((p) => (p[left + 1]! + p[right + 1]!) / 2), scale: SHOULDERS_WIDE / width }
}

function byHand(frames: readonly Float32Array[], aspect: number): Frame {
  const xs = frames.flatMap((points) => [...points].filter((v, i) => i % 3 === 0 && !Number.isNaN(v)))
  const ys = frames.flatMap((points) => [...points].filter((v, i) => i % 3 === 1 && !Number.isNaN(v)))
  if (!xs.length) return { x: 0.5, y: 0.5, scale: 1 }
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale: HAND_LONG / Math.max(right - left, (bottom - top) / aspect, 0.01) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
