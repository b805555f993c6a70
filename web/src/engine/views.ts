/** The ways a still is shown to the hand detector until it finds a hand, and the way back: src/deepsign/perceive/views.py. */

/** A border, as a share of the longer side, that repeats the edge pixels; a turn in degrees. */
export interface View {
  border: number
  turn: number
}

/** Hands in pictures smaller than this are found more often once enlarged, px. */
const SHORT_SIDE = 256
/** More pixels cost time and find no more hands. */
const LONG_SIDE = 1280
/** Up to this short side a picture is mostly a crop of a hand. */
const CROP_SIDE = 480

/** The picture as it is, enlarged or shrunk to what the tracker reads best. */
export const PLAIN: View = { border: 0, turn: 0 }
const BORDER: View = { border: 0.35, turn: 0 }
const LATER: View[] = [
  { border: 1, turn: 0 },
  { border: 0.35, turn: 30 },
  { border: 0.35, turn: -30 },
]

/** The views to try on a still of this size, likeliest first. */
export function viewsFor(width: number, height: number): View[] {
  return [...(Math.min(width, height) <= CROP_SIDE ? [BORDER, PLAIN] : [PLAIN, BORDER]), ...LATER]
}

/** A view's size, px, and the turn, scale and shift that take the picture's points to it. */
export interface Placed {
  width: number
  height: number
  /** [a, b, c, d, e, f] as a canvas takes it: x' = a x + c y + e, y' = b x + d y + f. */
  matrix: [number, number, number, number, number, number]
}

export function place(view: View, width: number, height: number): Placed {
  const longer = Math.max(width, height)
  const scale = Math.min(Math.max(1, SHORT_SIDE / Math.min(width, height)), LONG_SIDE / (longer * (1 + 2 * view.border)))
  const edge = view.border * longer * scale
  const size = { width: Math.max(1, Math.round(width * scale + 2 * edge)), height: Math.max(1, Math.round(height * scale + 2 * edge)) }
  const turn = (view.turn * Math.PI) / 180
  const [a, b] = [scale * Math.cos(turn), scale * Math.sin(turn)]
  const e = size.width / 2 - (a * width - b * height) / 2
  const f = size.height / 2 - (b * width + a * height) / 2
  return { ...size, matrix: [a, b, -b, a, e, f] }
}

/** Points (n × 3) in a view's pixels, in the picture's own; z follows the scale. */
export function back(points: Float32Array, { matrix: [a, b, , , e, f] }: Placed): Float32Array {
  const out = new Float32Array(points.length)
  const square = a * a + b * b
  for (let i = 0; i < points.length; i += 3) {
    const [x, y] = [points[i]! - e, points[i + 1]! - f]
    out[i] = (a * x + b * y) / square
    out[i + 1] = (a * y - b * x) / square
    out[i + 2] = points[i + 2]! / Math.sqrt(square)
  }
  return out
}

/** The picture as the view shows it. Beyond its edges the edge pixels go on. */
export function draw(picture: ImageBitmap, placed: Placed): OffscreenCanvas {
  const canvas = new OffscreenCanvas(placed.width, placed.height)
  const pen = canvas.getContext('2d')!
  pen.setTransform(...placed.matrix)
  pen.imageSmoothingQuality = 'high'
  const { width: w, height: h } = picture
  const far = 3 * Math.max(w, h) // past the widest border, turned
  const [across, down] = [
    [[0, 1, -far, far], [0, w, 0, w], [w - 1, 1, w, far]],
    [[0, 1, -far, far], [0, h, 0, h], [h - 1, 1, h, far]],
  ] as [number[][], number[][]]
  for (const [sx, sw, x, dw] of across as [number, number, number, number][])
    for (const [sy, sh, y, dh] of down as [number, number, number, number][]) pen.drawImage(picture, sx, sy, sw, sh, x, y, dw, dh)
  return canvas
}
