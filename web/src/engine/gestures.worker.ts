/** MediaPipe's gesture recogniser, off the page's thread; loaded only where somebody chooses the gestures. No picture is kept. */

import { GestureRecognizer } from '@mediapipe/tasks-vision'

import { GESTURES, type Gesture, type Shown } from './gestures'
import { HANDS } from './hands'
import { Clock, darkness, FILES, hush, modelFile } from './mediapipe'
import { serve } from './wire'

hush()
const clock = new Clock()
let recognizer: GestureRecognizer

async function open(): Promise<void> {
  recognizer = await GestureRecognizer.createFromOptions(FILES, {
    baseOptions: { modelAssetBuffer: await modelFile('gesture_recognizer.task'), delegate: 'CPU' },
    runningMode: 'VIDEO',
    numHands: 1,
  })
  recognizer.recognizeForVideo(darkness(), clock.at(0))
  clock.start()
}

function see(picture: ImageBitmap, time: number): Shown {
  try {
    const { gestures, landmarks } = recognizer.recognizeForVideo(picture, clock.at(time))
    const best = gestures[0]?.[0]
    const points = new Float32Array(HANDS.points.length * 3).fill(NaN)
    landmarks[0]?.forEach((p, i) => points.set([p.x, p.y, p.z], 3 * (HANDS.parts.right_hand![0] + i)))
    const gesture = GESTURES.find((name) => name === best?.categoryName) ?? null
    return { gesture, score: best?.score ?? 0, points } satisfies { gesture: Gesture | null; score: number; points: Float32Array }
  } finally {
    picture.close()
  }
}

serve({ open, see })
