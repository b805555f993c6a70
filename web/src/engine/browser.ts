/** Whether this browser can do what the page needs; asked before anything is loaded. */

import { Problem } from './problems'

/** The smallest wasm module that uses a 128-bit vector (i32.const 0, i8x16.splat, drop): both engines are built with them. */
const VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11)

/** Throws unsupported-browser, with what is missing. */
export function checkBrowser(): void {
  const missing = [
    [typeof WebAssembly === 'object' && WebAssembly.validate(VECTORS), 'WebAssembly SIMD'],
    [typeof Worker === 'function', 'workers'],
    [typeof createImageBitmap === 'function', 'ImageBitmap'],
    [typeof OffscreenCanvas === 'function', 'OffscreenCanvas'],
    [drawsWebGL(), 'WebGL 2'],
  ].flatMap(([there, name]) => (there ? [] : [name as string]))
  if (missing.length) throw new Problem('unsupported-browser', missing.join(', '))
}

/** The tracker hands its pictures over as WebGL textures, even where it computes on the processor. */
function drawsWebGL(): boolean {
  try {
    return new OffscreenCanvas(1, 1).getContext('webgl2') !== null
  } catch {
    return false
  }
}
