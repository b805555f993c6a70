/** What a session asks from: an installed bundle, or the learner's own signs as if they were one. */

import type { Judge } from '../../engine/attempts'
import type { Entry, Manifest } from '../../engine/bundle'
import type { LayoutName } from '../../engine/hands'
import { recognizerFor } from '../../engine/recognizers'
import { tutorialOf, type Tutorial } from '../../engine/tutorials'
import { clipOf } from '../../store/vocabulary'
import { BASE, ownSigns } from '../../store/vocabulary.svelte'
import { readKept } from '../../store/vocabularyKept'
import { ownFigure } from './ownFigure'
import { planOf, type Plan } from './plan'

/** The name that own signs are asked and remembered under. No bundle has it: theirs are given by `deepsign train`. */
export const OWN = 'mine'
/** An own sign is accepted where it is likelier than all else, resting and other own signs: nothing finer was measured of it. */
const OWN_ACCEPT = 0.5

export interface Source extends Plan {
  judge: Judge & { layout: LayoutName }
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
  const judge = await recognizerFor(entry.name)
  return { judge, ...(await planOf(entry, judge.manifest)), tutorialOf: (gloss) => tutorialOf(entry.name, gloss) }
}

async function own(): Promise<Source> {
  await ownSigns.load(await recognizerFor(BASE))
  const taught = ownSigns.taught()
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
