/** What a session asks from: an installed bundle, or the learner's own signs as if they were one. */

import type { Judge } from '../../engine/attempts'
import type { Entry, Label, Manifest } from '../../engine/bundle'
import { referenceOf, type Reference } from '../../engine/feedback'
import type { LayoutName } from '../../engine/hands'
import { recognizerFor } from '../../engine/recognizers'
import { tutorialOf, type Tutorial } from '../../engine/tutorials'
import { clipOf } from '../../store/vocabulary'
import { BASE, ownSigns } from '../../store/vocabulary.svelte'
import { readKept } from '../../store/vocabularyKept'
import { ownFigure } from './ownFigure'
import { askable, doubtfulOf, qualityOf, type NotAsked } from './plan'

/** The name that own signs are asked and remembered under. No bundle has it: theirs are given by `deepsign train`. */
export const OWN = 'mine'
/** An own sign is accepted where it is likelier than all else, resting and other own signs: nothing finer was measured of it. */
const OWN_ACCEPT = 0.5

export interface Source {
  judge: Judge & { layout: LayoutName }
  asked: Label[]
  left: NotAsked[]
  /** How the signs are usually made, where that is known. */
  reference: Reference | null
  tutorialOf(gloss: string): Promise<Tutorial | null>
}

/** Throws bundle-failed. */
export const sourceOf = (entry: Entry): Promise<Source> => (entry.name === OWN ? own() : installed(entry))

/** Whether there are own signs to ask. */
export async function hasOwn(): Promise<boolean> {
  if (ownSigns.loaded || !ownSigns.kept) return ownSigns.signs.length > 0
  return readKept().then(({ signs }) => signs.length > 0, () => false)
}

async function installed(entry: Entry): Promise<Source> {
  const [judge, quality, doubtful] = await Promise.all([recognizerFor(entry.name), qualityOf(entry), doubtfulOf(entry.name)])
  // Practice goes on without: then the tip is what the sign looks like, or a fact.
  const reference = await referenceOf(judge.manifest).catch(() => null)
  return {
    judge,
    ...askable(judge.manifest, quality, doubtful, reference?.signs ?? {}),
    reference,
    tutorialOf: (gloss) => tutorialOf(entry.name, gloss),
  }
}

async function own(): Promise<Source> {
  await ownSigns.load(await recognizerFor(BASE))
  const taught = ownSigns.opened()
  const { labels, decision } = taught.manifest
  const asked = labels.filter(({ gloss }) => gloss !== decision.none_gloss)
  const per_sign_accept = Object.fromEntries(asked.map(({ gloss }) => [gloss, OWN_ACCEPT]))
  const manifest: Manifest = { ...taught.manifest, decision: { ...decision, per_sign_accept } }
  return {
    judge: { manifest, layout: taught.layout, logits: (clip) => taught.logits(clip) },
    asked,
    left: [],
    reference: null,
    // The first take is what the learner meant.
    tutorialOf(gloss) {
      const take = ownSigns.signs.find((sign) => sign.gloss === gloss)?.takes[0]
      return Promise.resolve(take ? ownFigure(clipOf(take.take, ownSigns.layout), gloss) : null)
    },
  }
}
