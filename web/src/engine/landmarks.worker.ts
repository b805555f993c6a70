/** The hand tracker, off the page's thread. Pictures in, landmarks (42 × 3) out; no picture is kept. */

import { HandLandmarker, type HandLandmarkerResult } from '@mediapipe/tasks-vision'
import loader from '@mediapipe/tasks-vision/vision_wasm_module_internal.js?url'
import binary from '@mediapipe/tasks-vision/vision_wasm_module_internal.wasm?url'

import { landmarksOf, type Hand } from './hands'
import { back, draw, place, viewsFor, type Placed } from './views'
import { serve } from './wire'

const MODEL = '/assets-models/hand_landmarker.task'
/** As in src/deepsign/perceive/landmarker.py. */
const CONFIDENCE = 0.3
type Mode = 'IMAGE' | 'VIDEO'

// MediaPipe reports its every start and end to the console, some of it as errors. What it fails at, it throws as well.
const silent = (): void => {}
Object.assign(self, { Module: { print: silent, printErr: silent } })
Object.defineProperty(self, 'custom_dbg', { get: () => silent, set: silent })

let tracker: HandLandmarker
let mode: Mode = 'VIDEO'
/** The tracker demands that its milliseconds increase, over streams too. */
let lastMs = 0
let streamStart = 0

async function open(): Promise<void> {
  const answer = await fetch(MODEL)
  if (!answer.ok) throw new Error(`${MODEL}: ${await reason(answer)}`)
  tracker = await HandLandmarker.createFromOptions(
    { wasmLoaderPath: loader, wasmBinaryPath: binary },
    {
      baseOptions: { modelAssetBuffer: new Uint8Array(await answer.arrayBuffer()), delegate: 'CPU' },
      runningMode: mode,
      numHands: 2,
      minHandDetectionConfidence: CONFIDENCE,
      minHandPresenceConfidence: CONFIDENCE,
    },
  )
  // The first picture costs half a second of warming up: better now than under the learner's eyes.
  tracker.detectForVideo(new OffscreenCanvas(64, 64).getContext('2d')!.getImageData(0, 0, 64, 64), ++lastMs)
}

async function reason(answer: Response): Promise<string> {
  const said = (await answer.json().catch(() => null)) as { detail?: string } | null
  return said?.detail ?? `the server answered ${answer.status}`
}

/** A fresh stream: the hand of the last one is forgotten. */
async function start(): Promise<void> {
  await run('VIDEO')
  streamStart = lastMs + 1000
}

/** One frame of the stream; time in s from its start. */
function see(frame: ImageBitmap, time: number): Float32Array {
  try {
    lastMs = Math.max(streamStart + Math.round(time * 1000), lastMs + 1)
    const placed: Placed = { width: frame.width, height: frame.height, matrix: [1, 0, 0, 1, 0, 0] }
    return landmarksOf(handsOf(tracker.detectForVideo(frame, lastMs), placed), frame.width, frame.height)
  } finally {
    frame.close()
  }
}

/** A photo, looked at in several ways until a hand is found. */
async function still(picture: ImageBitmap): Promise<Float32Array> {
  try {
    await run('IMAGE')
    const { width, height } = picture
    let hands: Hand[] = []
    for (const view of viewsFor(width, height)) {
      const placed = place(view, width, height)
      const canvas = draw(picture, placed)
      const pixels = canvas.getContext('2d')!.getImageData(0, 0, placed.width, placed.height)
      hands = handsOf(tracker.detect(pixels), placed)
      if (hands.length) break
    }
    return landmarksOf(hands, width, height)
  } finally {
    picture.close()
  }
}

async function run(next: Mode): Promise<void> {
  mode = next
  await tracker.setOptions({ runningMode: mode })
}

function handsOf(result: HandLandmarkerResult, placed: Placed): Hand[] {
  return result.landmarks.map((points, i) => {
    const belief = result.handedness[i]![0]!
    const pixels = Float32Array.from(points.flatMap((p) => [p.x * placed.width, p.y * placed.height, p.z * placed.width]))
    return { points: back(pixels, placed), side: belief.categoryName === 'Left' ? 'left' : 'right', score: belief.score }
  })
}

serve({ open, start, see, still })
