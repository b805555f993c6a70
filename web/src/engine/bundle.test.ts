import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'

import { listBundles, openBundle, openReference, readManifest, type Manifest } from './bundle'
import { sha256, sha256Slow } from './sha256'

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))
const digest = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex')

const MODEL = bytes('a network')
const GOLDEN = bytes('[]')
const manifest = (): Manifest => ({
  schema_version: 1,
  name: 'toy',
  task: 'handshape',
  sign_language: 'ase',
  input: { kind: 'landmarks', layout: 'hands', window: 0.5 },
  labels: [{ gloss: 'A', say: 'A', needs_motion: false, still_as: null }],
  decision: { temperature: 1, reject_below: 0.5, none_gloss: null, per_sign_accept: { A: 0.9 }, false_accept: 0.05, top_k: 3 },
  model: { name: 'toy', params: 6 },
  provenance: { seed: 0 },
  files: { 'model.onnx': digest(MODEL), 'golden.json': digest(GOLDEN) },
})

/** A server with these files; anything else is 404. */
const server = (files: Record<string, Uint8Array<ArrayBuffer>>) => (address: string) =>
  Promise.resolve(address in files ? new Response(files[address]) : new Response('', { status: 404 }))
const whole = (): Record<string, Uint8Array<ArrayBuffer>> => ({
  '/bundles/toy/bundle.json': bytes(JSON.stringify(manifest())),
  '/bundles/toy/model.onnx': MODEL,
  '/bundles/toy/golden.json': GOLDEN,
})

test('a whole bundle opens', async () => {
  const opened = await openBundle('toy', server(whole()))
  expect(opened.manifest.labels[0]!.gloss).toBe('A')
  expect(opened.model).toEqual(MODEL)
})

test.each(['model.onnx', 'golden.json'])('a changed %s is refused by name', async (file) => {
  const files = { ...whole(), [`/bundles/toy/${file}`]: bytes('something else') }
  await expect(openBundle('toy', server(files))).rejects.toThrow(`/bundles/toy/${file}: not as it was published`)
})

test('a reference opens where there is one, as it was published', async () => {
  const content = bytes('{"signs":{}}')
  const listed = { ...manifest(), files: { ...manifest().files, 'reference.json': digest(content) } }
  expect(await openReference(manifest(), server({}))).toBeNull()
  expect(await openReference(listed, server({ '/bundles/toy/reference.json': content }))).toEqual({ signs: {} })
  await expect(openReference(listed, server({ '/bundles/toy/reference.json': bytes('{}') }))).rejects.toThrow('not as it was published')
})

test('a missing file is refused by name', async () => {
  const files = whole()
  delete files['/bundles/toy/model.onnx']
  await expect(openBundle('toy', server(files))).rejects.toThrow('/bundles/toy/model.onnx: the server answered 404')
})

test('a missing and an unknown key are refused, however deep', () => {
  const broken = (change: (m: Record<string, Record<string, unknown>>) => void): unknown => {
    const copy = structuredClone(manifest()) as unknown as Record<string, Record<string, unknown>>
    change(copy)
    return copy
  }
  const read = (raw: unknown) => () => readManifest(raw, '/b')
  expect(read(manifest())).not.toThrow()
  expect(read(broken((m) => delete m.decision!.temperature))).toThrow('decision.temperature is missing')
  expect(read(broken((m) => (m.decision!.extra = 1)))).toThrow('decision.extra is unknown')
  expect(read(broken((m) => (m.input!.window = 0)))).toThrow('input.window is not as it must be')
  expect(read(broken((m) => (m.schema_version = 2 as never)))).toThrow('schema_version')
  expect(read(null)).toThrow('must be an object')
})

test('a server that lists no bundle, or is gone, is a problem with a name', async () => {
  await expect(listBundles(server({ '/bundles/index.json': bytes('[]') }))).rejects.toMatchObject({ problem: 'no-bundles' })
  await expect(listBundles(() => Promise.reject(new TypeError('gone')))).rejects.toMatchObject({ problem: 'no-bundles' })
})

test.each([0, 1, 55, 56, 63, 64, 1000])('sha256 of %i bytes, with and without the browser', async (length) => {
  const data = Uint8Array.from({ length }, (_, i) => (i * 131) % 251)
  expect(sha256Slow(data)).toBe(digest(data))
  expect(await sha256(data)).toBe(digest(data))
})
