/** Draws landmarks over a picture: bones, then joints. Left and right hands differ in colour and in the shape of their joints; a body is bones alone. */

import { layoutOf, type Side } from './hands'

const COLOURS: Record<Side | 'pose', string> = { pose: '#f3ead9', left: '#7cd6c4', right: '#ffb37f' }

/** Gives the canvas the picture's shape, with no more pixels than a screen and enough for thin lines. */
export function fitOverlay(canvas: HTMLCanvasElement, width: number, height: number): void {
  const longer = Math.max(width, height)
  const scale = Math.min(1280, Math.max(640, longer)) / longer
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
}

/** Clears the canvas and draws landmarks (P × 3, fractions of the picture; NaN is left out) at its own size. */
export function drawHands(canvas: HTMLCanvasElement, landmarks: Float32Array | null): void {
  const pen = canvas.getContext('2d')!
  const { width, height } = canvas
  pen.clearRect(0, 0, width, height)
  if (!landmarks) return
  const unit = Math.max(width, height) / 640
  const at = (i: number): [number, number] => [landmarks[3 * i]! * width, landmarks[3 * i + 1]! * height]
  const there = (i: number): boolean => !Number.isNaN(landmarks[3 * i])
  const { parts, edges } = layoutOf(landmarks)
  for (const side of ['pose', 'left', 'right'] as const) {
    const [from, to] = parts[side === 'pose' ? side : `${side}_hand`] ?? [0, 0]
    if (from === to || (side !== 'pose' && !there(from))) continue
    const bones = new Path2D()
    for (const [a, b] of edges) {
      if (a < from || a >= to || !there(a) || !there(b)) continue
      bones.moveTo(...at(a))
      bones.lineTo(...at(b))
    }
    pen.lineCap = 'round'
    // A dark edge below keeps the lines readable on skin and on white walls alike.
    for (const [colour, thick] of [['rgb(30 20 15 / 0.55)', 6], [COLOURS[side], 3.5]] as const) {
      pen.strokeStyle = colour
      pen.lineWidth = thick * unit
      pen.stroke(bones)
    }
    if (side === 'pose') continue
    for (let i = from; i < to; i++) {
      const [x, y] = at(i)
      pen.beginPath()
      if (side === 'left') pen.rect(x - 3.2 * unit, y - 3.2 * unit, 6.4 * unit, 6.4 * unit)
      else pen.arc(x, y, 3.8 * unit, 0, 2 * Math.PI)
      pen.fillStyle = '#fff'
      pen.strokeStyle = 'rgb(30 20 15 / 0.7)'
      pen.lineWidth = 1.2 * unit
      pen.fill()
      pen.stroke()
    }
  }
}
