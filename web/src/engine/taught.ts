/** A person's own signs, opened as if they were a bundle, so that whatever answers can answer with them: src/deepsign/taught.py. */

import type { Manifest } from './bundle'
import { decide, UNSEEN, type Prediction } from './decide'
import { seen, type LayoutName } from './hands'
import { Prototypes } from './prototypes'
import type { Clip, Predictor } from './recognizer'

/** What a vocabulary's file says of its signs: src/store/vocabulary.ts. */
export interface Known {
  name: string
  sign_language: string
  signs: readonly { gloss: string; say: string; clips: readonly { embedding: readonly number[] }[] }[]
  decision: { reject_below: number; sharpness: number }
}

/** What embeds clips: a `Recognizer` of the bundle that the vocabulary builds on. */
export interface Embedder {
  readonly manifest: Manifest
  embed(clip: Clip): Promise<Float32Array>
}

export class Taught implements Predictor {
  readonly manifest: Manifest
  private readonly prototypes: Prototypes

  constructor(
    private readonly base: Embedder,
    { name, sign_language, signs, decision }: Known,
  ) {
    const none = 'none'
    this.prototypes = new Prototypes(
      signs.map((sign) => sign.clips.map((clip) => clip.embedding)),
      { rejectBelow: decision.reject_below, sharpness: decision.sharpness },
    )
    const labels = [...signs, { gloss: none, say: none }].map(({ gloss, say }) => ({ gloss, say, needs_motion: false, still_as: null }))
    const { false_accept, top_k } = base.manifest.decision
    // The logit of "none" says what is too far: a further bound would count the same doubt twice.
    const bounds = { temperature: 1, reject_below: 0, none_gloss: none, per_sign_accept: {}, false_accept, top_k }
    this.manifest = { ...base.manifest, name, sign_language, labels, decision: bounds }
  }

  get layout(): LayoutName {
    return this.manifest.input.layout as LayoutName
  }

  /** The raw answer, float32 as Python has it, to a clip in which a hand was seen. */
  async logits(clip: Clip): Promise<Float32Array> {
    return Float32Array.from(this.prototypes.logits(await this.base.embed(clip)))
  }

  async predict(clip: Clip): Promise<Prediction> {
    if (!clip.frames.some(seen)) return UNSEEN
    return decide(await this.logits(clip), this.manifest.labels, this.manifest.decision, clip.frames.length === 1)
  }
}
