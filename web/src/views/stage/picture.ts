/** What the page wants to know of a picture beside its landmarks: how bright it is, and where the face is. */

import { LAYOUTS } from '../../engine/layouts'

/** Middle of a face and how far it reaches, as fractions of the picture's width (x, wide) and height (y, high). */
export interface Face {
  x: number
  y: number
  /** Half its width, a fraction of the picture's width. */
  radius: number
}

const BODY = LAYOUTS.hands_pose!
const at = (name: string): number => 3 * BODY.points.indexOf(`pose.${name}`)
const [NOSE, LEFT_EAR, RIGHT_EAR, LEFT, RIGHT] = ['nose', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder'].map(at) as [number, number, number, number, number]

/** Where the face is in landmarks with a body; null without. */
export function faceOf(points: Float32Array): Face | null {
  if (points.length !== 3 * BODY.points.length) return null
  const [x, y] = [points[NOSE]!, points[NOSE + 1]!]
  const ears = Math.abs(points[LEFT_EAR]! - points[RIGHT_EAR]!)
  const shoulders = Math.abs(points[LEFT]! - points[RIGHT]!)
  // Turned aside, ears come close to one another and shoulders less so; either may be out of sight.
  const radii = [ears * 0.85, shoulders * 0.3].filter((radius) => !Number.isNaN(radius))
  return Number.isNaN(x + y) || !radii.length ? null : { x, y, radius: Math.max(...radii) }
}

/** How often the picture's brightness is looked at, s. */
export const LIGHT_EVERY = 1

const [ACROSS, DOWN] = [16, 12]
let small: CanvasRenderingContext2D | null = null

/** The picture's mean brightness, 0 … 255. */
export function brightness(video: HTMLVideoElement): number {
  small ??= Object.assign(document.createElement('canvas'), { width: ACROSS, height: DOWN }).getContext('2d', { willReadFrequently: true })!
  small.drawImage(video, 0, 0, ACROSS, DOWN)
  const { data } = small.getImageData(0, 0, ACROSS, DOWN)
  let sum = 0
  // Rec. 601 weights, as for video.
  for (let i = 0; i < data.length; i += 4) sum += 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!
  return sum / (ACROSS * DOWN)
}
