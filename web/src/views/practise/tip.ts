/** The one thing that is said after an attempt which was not accepted: a name for what it looked like, or a fact, or "once more". */

import type { Verdict } from '../../engine/verify'
import type { Facts } from '../../texts/en/facts'

/** Of three facts, the first in which two signs differ is the one that tells them apart. */
const PARTS = ['place', 'shape', 'movement'] as const

/** The fact about `target` that tells it from `other`; null where none is known. */
export function tellingFact(facts: Facts, bundle: string, target: string, other: string | null): string | null {
  const [own, its] = [facts[bundle]?.[target], other === null ? undefined : facts[bundle]?.[other]]
  if (!own || !its) return null
  const part = PARTS.find((name) => own[name] !== its[name])
  return part ? own[part] : null
}

/** What kind of thing was seen. */
export const kindOf = (verdict: Verdict): 'unseen' | 'other' | 'unsure' =>
  verdict.outcome === 'other' ? 'other' : verdict.probability === 0 ? 'unseen' : 'unsure'
