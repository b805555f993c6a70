/** From logits to a ranked answer: the same rules as src/deepsign/recognizer.py. */

import type { Decision, Label } from './bundle'

export interface Candidate {
  gloss: string
  say: string
  probability: number
}

export interface Prediction {
  /** Best first; empty only where nothing was seen. */
  candidates: Candidate[]
  /** False: "not a sign I know". */
  known: boolean
  /** Glosses that a still could be the start of and only motion can tell (J for an I). */
  needsMotion: string[]
}

export const UNSEEN: Prediction = { candidates: [], known: false, needsMotion: [] }

/** Calibrated probabilities: softmax of the logits over the temperature. */
export function probabilities(logits: ArrayLike<number>, temperature: number): number[] {
  const scaled = Array.from(logits, (v) => v / temperature)
  const most = Math.max(...scaled)
  const grown = scaled.map((v) => Math.exp(v - most))
  const sum = grown.reduce((a, b) => a + b, 0)
  return grown.map((v) => v / sum)
}

export function decide(logits: ArrayLike<number>, labels: readonly Label[], decision: Decision, still: boolean): Prediction {
  const p = probabilities(logits, decision.temperature)
  const order = p.map((_, i) => i).sort((a, b) => p[b]! - p[a]! || a - b)
  const isNone = (i: number): boolean => labels[i]!.gloss === decision.none_gloss
  const ranked = order.filter((i) => !isNone(i))
  const best = labels[ranked[0]!]!
  return {
    candidates: ranked.slice(0, decision.top_k).map((i) => ({ gloss: labels[i]!.gloss, say: labels[i]!.say, probability: p[i]! })),
    known: !isNone(order[0]!) && p[ranked[0]!]! >= decision.reject_below,
    needsMotion: still
      ? labels.filter((x) => x.needs_motion && (x.gloss === best.gloss || x.still_as === best.gloss)).map((x) => x.gloss)
      : [],
  }
}

/** From these probabilities on an answer is "sure", and "maybe". */
const [SURE, MAYBE] = [0.9, 0.65]

/** How sure a probability is, in a word of the texts. */
export const surenessOf = (probability: number): 'sure' | 'maybe' | 'unsure' => (probability >= SURE ? 'sure' : probability >= MAYBE ? 'maybe' : 'unsure')

/** The first candidate if the sign is known. */
export const bestOf = (prediction: Prediction): Candidate | null => (prediction.known ? (prediction.candidates[0] ?? null) : null)
