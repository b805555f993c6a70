/** What both trackers' workers share: MediaPipe's files, its silence, and the clock of a stream of pictures. */

import loader from '@mediapipe/tasks-vision/vision_wasm_module_internal.js?url'
import binary from '@mediapipe/tasks-vision/vision_wasm_module_internal.wasm?url'

export const FILES = { wasmLoaderPath: loader, wasmBinaryPath: binary }
export type Mode = 'IMAGE' | 'VIDEO'

/** MediaPipe reports its every start and end to the console, some of it as errors. What it fails at, it throws as well. */
export function hush(): void {
  const silent = (): void => {}
  Object.assign(self, { Module: { print: silent, printErr: silent } })
  Object.defineProperty(self, 'custom_dbg', { get: () => silent, set: silent })
}

/** A model file from this page's server; throws with the server's own words. */
export async function modelFile(name: string): Promise<Uint8Array> {
  const address = `/assets-models/${name}`
  const answer = await fetch(address)
  if (answer.ok) return new Uint8Array(await answer.arrayBuffer())
  const said = (await answer.json().catch(() => null)) as { detail?: string } | null
  throw new Error(`${address}: ${said?.detail ?? `the server answered ${answer.status}`}`)
}

/** A black picture: the first one costs half a second of warming up, better before the learner waits for it. */
export const darkness = (): ImageData => new OffscreenCanvas(64, 64).getContext('2d')!.getImageData(0, 0, 64, 64)

/** Trackers demand milliseconds that increase, over streams too. */
export class Clock {
  private last = 0
  private begun = 0

  /** A fresh stream begins. */
  start(): void {
    this.begun = this.last + 1000
  }

  /** The tracker's time, ms, of a picture `time` s into the stream. */
  at(time: number): number {
    this.last = Math.max(this.begun + Math.round(time * 1000), this.last + 1)
    return this.last
  }
}
