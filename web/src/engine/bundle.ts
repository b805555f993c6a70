/** Reads a bundle from the server: strictly, and no file is used before its sha256 is checked. See src/deepsign/bundle.py. */

import { Problem } from './problems'
import { sha256 } from './sha256'

export const SCHEMA_VERSION = 1

export interface Label {
  gloss: string
  /** The words a person reads. */
  say: string
  needs_motion: boolean
  still_as: string | null
}

export interface Decision {
  temperature: number
  reject_below: number
  none_gloss: string | null
  per_sign_accept: Record<string, number>
  false_accept: number
  top_k: number
}

export interface Manifest {
  schema_version: number
  name: string
  task: string
  sign_language: string
  /** window: seconds of a live stream that one answer looks back on. */
  input: { kind: string; layout: string; window: number }
  labels: Label[]
  decision: Decision
  model: { name: string; params: number }
  provenance: Record<string, unknown>
  files: Record<string, string>
}

/** One input with the logits that every runtime must reproduce; null stands for NaN (not seen). */
export interface Golden {
  landmarks: (number | null)[][][]
  times: number[]
  aspect: number
  logits: number[]
}

/** What /bundles/index.json says of a bundle: its name, and the sha256 of its files. */
export interface Entry {
  name: string
  files: Record<string, string>
}

export interface Bundle {
  manifest: Manifest
  model: Uint8Array<ArrayBuffer>
  golden: Golden[]
}

type Fetch = (address: string) => Promise<Response>
const fromServer: Fetch = (address) => fetch(address)

/** The installed bundles. Throws no-bundles where there is none or the server doesn't answer. */
export async function listBundles(get: Fetch = fromServer): Promise<Entry[]> {
  const address = '/bundles/index.json'
  let found: unknown
  try {
    found = JSON.parse(new TextDecoder().decode(await bytesOf(address, get)))
  } catch (error) {
    throw new Problem('no-bundles', error instanceof Problem ? error.detail : `${address}: can't be read`)
  }
  if (!Array.isArray(found) || found.length === 0) throw new Problem('no-bundles', `${address}: lists none`)
  return found as Entry[]
}

/** The bundle's manifest alone. Throws bundle-failed, naming the file. */
export async function openManifest(name: string, get: Fetch = fromServer): Promise<Manifest> {
  const folder = `/bundles/${name}`
  return readManifest(parse(`${folder}/bundle.json`, await bytesOf(`${folder}/bundle.json`, get)), folder)
}

/** The bundle's manifest, network and golden cases, verified. Throws bundle-failed, naming the file. */
export async function openBundle(name: string, get: Fetch = fromServer): Promise<Bundle> {
  const folder = `/bundles/${name}`
  const manifest = await openManifest(name, get)
  const [model, golden] = await Promise.all(
    ['model.onnx', 'golden.json'].map((file) => verified(`${folder}/${file}`, manifest.files[file], get)),
  )
  return { manifest, model: model!, golden: parse(`${folder}/golden.json`, golden!) as Golden[] }
}

/** The bundle's reference for feedback (src/deepsign/feedback.py), verified; null where it has none. Throws bundle-failed, naming the file. */
export async function openReference(manifest: Manifest, get: Fetch = fromServer): Promise<unknown> {
  const digest = manifest.files['reference.json']
  if (digest === undefined) return null
  const address = `/bundles/${manifest.name}/reference.json`
  return parse(address, await verified(address, digest, get))
}

async function verified(address: string, digest: string | undefined, get: Fetch): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesOf(address, get)
  if ((await sha256(bytes)) !== digest) throw new Problem('bundle-failed', `${address}: not as it was published (sha256 differs)`)
  return bytes
}

export async function bytesOf(address: string, get: Fetch): Promise<Uint8Array<ArrayBuffer>> {
  let answer: Response
  try {
    answer = await get(address)
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer())
  } catch {
    throw new Problem('bundle-failed', `${address}: the server did not answer`)
  }
  throw new Problem('bundle-failed', `${address}: the server answered ${answer.status}`)
}

function parse(address: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new Problem('bundle-failed', `${address}: is no JSON`)
  }
}

type Check = (value: unknown) => boolean
const text: Check = (v) => typeof v === 'string'
const textOrNull: Check = (v) => v === null || text(v)
const flag: Check = (v) => typeof v === 'boolean'
const number: Check = (v) => typeof v === 'number' && Number.isFinite(v)
const above0: Check = (v) => number(v) && (v as number) > 0
const share: Check = (v) => number(v) && (v as number) >= 0 && (v as number) <= 1
const table = (of: Check): Check => (v) => isObject(v) && Object.values(v).every(of)
const anything: Check = () => true

const SHAPES: Record<string, Record<string, Check>> = {
  '': {
    schema_version: (v) => v === SCHEMA_VERSION, name: text, task: text, sign_language: text, input: isObject,
    labels: (v) => Array.isArray(v) && v.length > 0, decision: isObject, model: isObject, provenance: table(anything), files: table(text),
  },
  input: { kind: (v) => v === 'landmarks', layout: text, window: above0 },
  decision: { temperature: above0, reject_below: share, none_gloss: textOrNull, per_sign_accept: table(share), false_accept: share, top_k: above0 },
  model: { name: text, params: number },
  label: { gloss: text, say: text, needs_motion: flag, still_as: textOrNull },
}

/** bundle.json, checked: a missing or an extra key is an error, as it is in Python. */
export function readManifest(raw: unknown, folder: string): Manifest {
  const refuse = (what: string): never => {
    throw new Problem('bundle-failed', `${folder}/bundle.json: ${what}`)
  }
  const check = (value: unknown, shape: Record<string, Check>, where: string): void => {
    if (!isObject(value)) return refuse(`${where || 'the whole'} must be an object`)
    for (const [key, fits] of Object.entries(shape)) {
      if (!(key in value)) refuse(`${where}${key} is missing`)
      if (!fits(value[key])) refuse(`${where}${key} is not as it must be`)
    }
    for (const key of Object.keys(value)) if (!(key in shape)) refuse(`${where}${key} is unknown`)
  }
  check(raw, SHAPES['']!, '')
  const manifest = raw as Manifest
  for (const part of ['input', 'decision', 'model'] as const) check(manifest[part], SHAPES[part]!, `${part}.`)
  manifest.labels.forEach((label, i) => check(label, SHAPES.label!, `labels.${i}.`))
  return manifest
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
