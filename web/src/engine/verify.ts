/** Whether it was the sign that was asked for: src/deepsign/verify.py's rule, explained there; the same golden cases. */

import type { Manifest } from './bundle'
import { probabilities } from './decide'

export type Strictness = 'gentle' | 'normal' | 'strict'

/** What the odds of a sign's calibrated least probability are multiplied by. */
export const ODDS: Record<Strictness, number> = { gentle: 0.5, normal: 1, strict: 2 }

/** The asked sign is not accepted where another label is more than this many times as probable. */
export const LEADS: Record<Strictness, number> = { gentle: 60, normal: 25, strict: 5 }

/** What a bundle says of its signs: glosses in the order of the probabilities, the least probability of each, … */
export interface Rule {
  glosses: readonly string[]
  accept: Readonly<Record<string, number>>
  /** A best probability under this is no known sign. */
  reject_below: number
  /** The gloss of "no sign". */
  none: string | null
}

export interface Verdict {
  outcome: 'accepted' | 'other' | 'unsure'
  /** The asked sign's probability. */
  probability: number
  /** For `other`: the gloss that it looks like. */
  looksLike: string | null
}

/** No hand was seen: nothing can be said. */
export const NOTHING_SEEN: Verdict = { outcome: 'unsure', probability: 0, looksLike: null }

export const ruleOf = ({ labels, decision }: Pick<Manifest, 'labels' | 'decision'>): Rule => ({
  glosses: labels.map((x) => x.gloss),
  accept: decision.per_sign_accept,
  reject_below: decision.reject_below,
  none: decision.none_gloss,
})

/** The least probability at this strictness for a sign whose calibrated one is `accept`. */
export function least(accept: number, strictness: Strictness): number {
  const factor = ODDS[strictness]
  return factor === 1 ? accept : (factor * accept) / (1 - accept + factor * accept)
}

/** Judges calibrated probabilities for the sign that was asked for, one of `rule.accept`. */
export function verdict(p: readonly number[], target: string, rule: Rule, strictness: Strictness): Verdict {
  const at = rule.glosses.indexOf(target)
  const probability = p[at]!
  let leader = at
  p.forEach((v, i) => {
    if (v > p[leader]!) leader = i
  })
  if (probability >= least(rule.accept[target]!, strictness) && probability * LEADS[strictness] >= p[leader]!) {
    return { outcome: 'accepted', probability, looksLike: null }
  }
  if (leader === at) return { outcome: 'unsure', probability, looksLike: null }
  const other = rule.glosses[leader]!
  const needed = Math.max(rule.reject_below, rule.accept[other] ?? 0)
  if (other === rule.none || p[leader]! < needed) return { outcome: 'unsure', probability, looksLike: null }
  return { outcome: 'other', probability, looksLike: other }
}

/** As `verdict`, of a bundle's logits. */
export function judge(logits: ArrayLike<number>, manifest: Manifest, target: string, strictness: Strictness): Verdict {
  return verdict(probabilities(logits, manifest.decision.temperature), target, ruleOf(manifest), strictness)
}
