/** The bundles that this page has opened: each once, and kept while the page stands. */

import { Recognizer } from './recognizer'

const opened = new Map<string, Promise<Recognizer>>()

/** The bundle's recognizer, shared by every view: nobody closes it. Rejects with bundle-failed; the next call tries again. */
export function recognizerFor(bundle: string): Promise<Recognizer> {
  const known = opened.get(bundle)
  if (known) return known
  const opening = Recognizer.open(bundle).catch((error: unknown) => {
    opened.delete(bundle)
    throw error
  })
  opened.set(bundle, opening)
  return opening
}
