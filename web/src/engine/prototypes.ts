/**
 * Signs known by a few takes each, told apart by cosine on a network's embedding: src/deepsign/prototypes.py's rules,
 * explained there; tests/golden/prototypes.json holds both to them.
 */

/** An embedding, or anything that counts like one. */
export type Row = ArrayLike<number>

const FARTHEST = 2
const USUAL = 3
/** By layout. */
const LEAST_SPREAD: Record<string, number> = { hands: 0.03, hands_pose: 0.1 }
const UNKNOWN_SPREAD = 0.1
/** However much a sign's takes differ, one less alike than this is another sign. */
export const LEAST_LIKENESS = 0.7

/** What decides: a likeness under `rejectBelow` is "not a sign I know"; a logit grows `sharpness` times as fast as likeness. */
export interface Bounds {
  rejectBelow: number
  sharpness: number
}

/** Signs, each given by its takes' embeddings, opened for answering. */
export class Prototypes {
  private readonly signs: Float64Array[][]

  constructor(
    signs: readonly (readonly Row[])[],
    readonly bounds: Bounds,
  ) {
    this.signs = signs.map((takes) => takes.map(unit))
  }

  /** How like each sign's nearest take it is, −1 … 1, in the signs' order. */
  likeness(embedding: Row): number[] {
    const one = unit(embedding)
    return this.signs.map((takes) => Math.max(...takes.map((take) => dot(take, one))))
  }

  /** One logit a sign, then that of "none of them", which wins where nothing is near enough. */
  logits(embedding: Row): number[] {
    const { rejectBelow, sharpness } = this.bounds
    return [...this.likeness(embedding).map((like) => sharpness * (like - rejectBelow)), 0]
  }
}

/** The bounds, from how alike each sign's takes are when one is left out: one pair for all signs. */
export function decideBounds(signs: readonly (readonly Row[])[], layout: string): Bounds {
  const found = signs.flatMap(leftOut)
  const mean = found.reduce((sum, like) => sum + like, 0) / found.length
  const usual = found.length ? Math.max(1 - mean, LEAST_SPREAD[layout] ?? LEAST_SPREAD.hands!) : UNKNOWN_SPREAD
  const spread = Math.min(usual, (1 - LEAST_LIKENESS) / FARTHEST)
  return { rejectBelow: 1 - FARTHEST * spread, sharpness: USUAL / ((FARTHEST - 1) * spread) }
}

/** How like each of a sign's takes is to the others; empty where there is one. */
export function leftOut(takes: readonly Row[]): number[] {
  if (takes.length < 2) return []
  const units = takes.map(unit)
  return units.map((one, i) => Math.max(...units.map((other, j) => (i === j ? -1 : dot(one, other)))))
}

/** The same direction, of length 1; zeros stay. */
export function unit(row: Row): Float64Array {
  const wide = Float64Array.from(row)
  const length = Math.max(Math.sqrt(dot(wide, wide)), 1e-12)
  return wide.map((v) => v / length)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
