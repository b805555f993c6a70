/** The hand tracker, off the page's thread. Pictures in, detected hands out; no picture is kept. */

import { HandLandmarker, type HandLandmarkerResult } from '@mediapipe/tasks-vision'

import type { Hand } from './hands'
import { Clock, darkness, FILES, hush, modelFile, type Mode } from './mediapipe'
import { back, draw, place, viewsFor, type Placed } from './views'
import { serve } from './wire'

/** As in src/deepsign/perceive/landmarker.py. */
const CONFIDENCE = 0.3

hush()
const clock = new Clock()
let tracker: HandLandmarker

async function open(): Promise<void> {
  tracker = await HandLandmarker.createFromOptions(FILES, {
    baseOptions: { modelAssetBuffer: await modelFile('hand_landmarker.task'), delegate: 'CPU' },
    runningMode: 'VIDEO',
    numHands: 2,
    minHandDetectionConfidence: CONFIDENCE,
    minHandPresenceConfidence: CONFIDENCE,
  })
  tracker.detectForVideo(darkness(), clock.at(0))
}

/** A fresh stream: the hand of the last one is forgotten. */
async function start(): Promise<void> {
  await run('VIDEO')
  clock.start()
}

/** One frame of the stream; time in s from its start. */
function see(frame: ImageBitmap, time: number): Hand[] {
  try {
    const placed: Placed = { width: frame.width, height: frame.height, matrix: [1, 0, 0, 1, 0, 0] }
    return handsOf(tracker.detectForVideo(frame, clock.at(time)), placed)
  } finally {
    frame.close()
  }
}

/** A photo, looked at in several ways until a hand is found. */
async function still(picture: ImageBitmap): Promise<Hand[]> {
  try {
    await run('IMAGE')
    const { width, height } = picture
    for (const view of viewsFor(width, height)) {
      const placed = place(view, width, height)
      const canvas = draw(picture, placed)
      const pixels = canvas.getContext('2d')!.getImageData(0, 0, placed.width, placed.height)
      const hands = handsOf(tracker.detect(pixels), placed)
      if (hands.length) return hands
    }
    return []
  } finally {
    picture.close()
  }
}

async function run(runningMode: Mode): Promise<void> {
  await tracker.setOptions({ runningMode })
}

function handsOf(result: HandLandmarkerResult, placed: Placed): Hand[] {
  return result.landmarks.map((points, i) => {
    const belief = result.handedness[i]![0]!
    const pixels = Float32Array.from(points.flatMap((p) => [p.x * placed.width, p.y * placed.height, p.z * placed.width]))
    return { points: back(pixels, placed), side: belief.categoryName === 'Left' ? 'left' : 'right', score: belief.score }
  })
}

serve({ open, start, see, still })
