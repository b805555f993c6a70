/** What is known of a bundle's quality: metrics.json, measured on people the weights never saw. See src/deepsign/evaluate. */

import { bytesOf, type Entry, type Manifest } from './bundle'
import { Problem } from './problems'
import { sha256 } from './sha256'

/** Shares 0 … 1: of the clips called this sign, those that were it; of this sign's clips, those read right. */
export interface Measured {
  precision: number
  recall: number
  support: number
}

export interface Metrics {
  clips: number
  signers: number
  top1: number
  /** 95 % interval over signers. */
  top1_interval: [number, number]
  per_gloss: Record<string, Measured>
}

/** A sign and what is known of it; null where nobody the weights never saw has shown it. */
export interface SignQuality {
  gloss: string
  say: string
  measured: Measured | null
}

/** A bundle's metrics, checked by sha256; null where it was never measured. Throws bundle-failed, naming the file. */
export async function metricsOf({ name, files }: Entry): Promise<Metrics | null> {
  const address = `/bundles/${name}/metrics.json`
  const bytes = await bytesOf(address, (from) => fetch(from))
  if ((await sha256(bytes)) !== files['metrics.json']) throw new Problem('bundle-failed', `${address}: not as it was published (sha256 differs)`)
  const metrics = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Metrics>
  return metrics.per_gloss ? (metrics as Metrics) : null
}

/** Every sign that the bundle can tell: the surest first, those nobody has measured last. */
export function qualities({ labels, decision }: Manifest, metrics: Metrics | null): SignQuality[] {
  return labels
    .filter(({ gloss }) => gloss !== decision.none_gloss)
    .map(({ gloss, say }) => ({ gloss, say, measured: metrics?.per_gloss[gloss] ?? null }))
    .sort((a, b) => (b.measured?.recall ?? -1) - (a.measured?.recall ?? -1))
}
