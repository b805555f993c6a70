/**
 * The body's tracker, in a worker of its own so that it works while the hands' one does. Pictures in, a pose out:
 * (33 × 4) pixels x, y, z and how visible each point is; null where no body was found. No picture is kept.
 */

import { PoseLandmarker, type PoseLandmarkerResult } from '@mediapipe/tasks-vision'

import { Clock, darkness, FILES, hush, modelFile } from './mediapipe'
import { serve } from './wire'

hush()
const clock = new Clock()
let tracker: PoseLandmarker

/** The body's trackers. On 30 real clips both led to the same first answer (docs/results/lite_pose.json); lite is a third smaller. */
export type Body = 'lite' | 'full'

/** The one wanted; the other where that can't be had. With the options of src/deepsign/perceive/landmarker.py. */
async function open(wanted: Body): Promise<void> {
  const model = (body: Body): Promise<Uint8Array> => modelFile(`pose_landmarker_${body}.task`)
  tracker = await PoseLandmarker.createFromOptions(FILES, {
    baseOptions: { modelAssetBuffer: await model(wanted).catch(() => model(wanted === 'lite' ? 'full' : 'lite')), delegate: 'CPU' },
    runningMode: 'VIDEO',
  })
  poseOf(tracker.detectForVideo(darkness(), clock.at(0)), 1, 1)
}

/** A fresh stream: the body of the last one is forgotten. */
async function start(): Promise<void> {
  await tracker.setOptions({ runningMode: 'VIDEO' })
  clock.start()
}

/** One frame of the stream; time in s from its start. */
function see(frame: ImageBitmap, time: number): Float32Array | null {
  try {
    return poseOf(tracker.detectForVideo(frame, clock.at(time)), frame.width, frame.height)
  } finally {
    frame.close()
  }
}

function poseOf(result: PoseLandmarkerResult, width: number, height: number): Float32Array | null {
  try {
    const found = result.landmarks[0]
    return found ? Float32Array.from(found.flatMap((p) => [p.x * width, p.y * height, p.z * width, p.visibility])) : null
  } finally {
    result.close()
  }
}

serve({ open, start, see })
