// Runs the golden cases of bundles through onnxruntime-web's wasm build, as the page does, and compares the logits.
//   node web/scripts/golden.mjs BUNDLE...
// Prints one JSON object a bundle; the exit status is 1 if any logit is further off than the tolerance.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import * as ort from 'onnxruntime-web/wasm'

const TOLERANCE = 1e-3

ort.env.wasm.numThreads = 1
ort.env.wasm.wasmBinary = readFileSync(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'))

async function worstOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'))
  const model = readFileSync(join(folder, 'model.onnx'))
  const digest = createHash('sha256').update(model).digest('hex')
  if (digest !== manifest.files['model.onnx']) throw new Error(`${folder}/model.onnx: sha256 differs`)
  const session = await ort.InferenceSession.create(model)
  const cases = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'))
  let worst = 0
  for (const { landmarks, times, aspect, logits } of cases) {
    const points = Float32Array.from(landmarks.flat(2), (v) => v ?? NaN)
    const out = await session.run({
      landmarks: new ort.Tensor('float32', points, [1, landmarks.length, landmarks[0].length, 3]),
      times: new ort.Tensor('float32', Float32Array.from(times), [1, times.length]),
      aspect: new ort.Tensor('float32', Float32Array.of(aspect), [1]),
    })
    const got = out.logits.data
    if (got.length !== logits.length) throw new Error(`${folder}: ${got.length} logits, golden.json has ${logits.length}`)
    const off = logits.map((want, i) => Math.abs(want - got[i]))
    worst = Math.max(worst, ...off.map((v) => (Number.isNaN(v) ? Infinity : v)))
  }
  return { bundle: manifest.name, cases: cases.length, worst }
}

let failed = process.argv.length < 3
if (failed) console.error('name at least one bundle folder')
for (const folder of process.argv.slice(2)) {
  const result = await worstOf(folder)
  failed ||= !(result.worst <= TOLERANCE) || result.cases === 0
  console.log(JSON.stringify(result))
}
process.exit(failed ? 1 : 0)
