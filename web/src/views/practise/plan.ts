/** What a practice session asks: which signs can be asked at all, which are due, and which are new. */

import { listBundles, openManifest, type Entry, type Label, type Manifest } from '../../engine/bundle'
import { referenceOf, type Reference } from '../../engine/feedback'
import { metricsOf } from '../../engine/quality'
import { tutorialsOf } from '../../engine/tutorials'
import { nameOf, type Kept, type Skill } from '../../store/progress'

/**
 * Why a sign is not asked before the camera: it has no calibrated bar, it is a movement in a bundle of handshapes, it is
 * told too rarely, no recording that may be shown shows it as it is signed: what was learnt may be another sign; or it was
 * learnt from one person alone, so that nobody could be left out to see whether another one's would be told.
 */
export type Reason = 'bar' | 'motion' | 'quality' | 'doubtful' | 'alone'
export interface NotAsked {
  label: Label
  reason: Reason
  /** How often the sign was told when unseen signers made it, 0 … 1; null where that was not measured. */
  recall: number | null
}

/** metrics.json's per_gloss: what unseen signers' clips of each sign came to. */
export type Quality = Readonly<Record<string, { recall: number }>>

/**
 * A sign that was told in fewer than 3 of 5 clips of unseen signers is not asked: it would refuse too many who make it
 * right. Signs that no unseen signer made are asked: nothing is known against them.
 */
export const LEAST_RECALL = 0.6
/** New signs a session, at most. */
export const NEW_SIGNS = 5
/** How long a session lasts, s. */
export const SESSION = 300

/** How many people a sign was learnt from: reference.json's signs. */
export type ShownBy = Readonly<Record<string, { signers: number }>>

/** `doubtful`: glosses that the tutorials leave out. `shownBy`: nothing is held against signs that aren't in it. */
export function askable(manifest: Manifest, quality: Quality, doubtful: ReadonlySet<string>, shownBy: ShownBy): { asked: Label[]; left: NotAsked[] } {
  const left: NotAsked[] = []
  const asked = manifest.labels.filter((label) => {
    if (label.gloss === manifest.decision.none_gloss) return false
    const recall = quality[label.gloss]?.recall ?? null
    const reason: Reason | null = label.needs_motion
      ? 'motion'
      : !(label.gloss in manifest.decision.per_sign_accept)
        ? 'bar'
        : recall !== null && recall < LEAST_RECALL
          ? 'quality'
          : doubtful.has(label.gloss)
            ? 'doubtful'
            : shownBy[label.gloss]?.signers === 1
              ? 'alone'
              : null
    if (reason) left.push({ label, reason, recall })
    return reason === null
  })
  return { asked, left }
}

/** What a bundle asks before the camera, and what it doesn't; and how its signs are usually made, where it says so. */
export interface Plan {
  asked: Label[]
  left: NotAsked[]
  reference: Reference | null
}

/** Nothing is held against a sign by what can't be had: that is no reason not to practise. */
export async function planOf(entry: Entry, manifest: Manifest): Promise<Plan> {
  const quality = metricsOf(entry).then((metrics) => metrics?.per_gloss ?? {}, () => ({}))
  const reference = await referenceOf(manifest).catch(() => null)
  return { ...askable(manifest, await quality, await doubtfulOf(entry.name), reference?.signs ?? {}), reference }
}

const plans = new Map<string, Promise<Plan>>()

/** The plan of an installed bundle by its name, without its network; made once. Throws no-bundles, bundle-failed. */
export function planNamed(name: string): Promise<Plan> {
  const known = plans.get(name)
  if (known) return known
  const making = Promise.all([listBundles(), openManifest(name)]).then(([listed, manifest]) => planOf(listed.find((entry) => entry.name === name) ?? { name, files: {} }, manifest))
  making.catch(() => plans.delete(name))
  plans.set(name, making)
  return making
}

/** The signs that the tutorials leave out; none where there are no tutorials, or they can't be had. */
const doubtfulOf = (bundle: string): Promise<ReadonlySet<string>> =>
  fetch('/tutorials/index.json')
    .then((answer) => answer.json())
    .then(async (listed: string[]) => new Set(listed.includes(bundle) ? (await tutorialsOf(bundle)).leftOut.keys() : []))
    .catch(() => new Set())

/** What is asked now: what is due, longest waiting first, then new signs in the bundle's order. */
export function queueOf(labels: readonly Label[], bundle: string, skill: Skill, cards: ReadonlyMap<string, Kept>, now: number): Label[] {
  const card = ({ gloss }: Label): Kept | undefined => cards.get(nameOf({ bundle, gloss, skill }))
  const due = labels.filter((label) => (card(label)?.due ?? Infinity) <= now)
  const fresh = labels.filter((label) => !card(label))
  return [...due.sort((a, b) => card(a)!.due - card(b)!.due), ...fresh.slice(0, NEW_SIGNS)]
}

/** What is practised ahead of its time: as many signs as two sessions bring, those that are due soonest. */
export function soonest(labels: readonly Label[], bundle: string, skill: Skill, cards: ReadonlyMap<string, Kept>): Label[] {
  const due = ({ gloss }: Label): number => cards.get(nameOf({ bundle, gloss, skill }))?.due ?? Infinity
  return [...labels].sort((a, b) => due(a) - due(b)).slice(0, 2 * NEW_SIGNS)
}

/** When the next of these signs is due, ms since 1970; null where none has been asked. */
export function nextDue(labels: readonly Label[], bundle: string, skill: Skill, cards: ReadonlyMap<string, Kept>): number | null {
  const times = labels.flatMap(({ gloss }) => cards.get(nameOf({ bundle, gloss, skill }))?.due ?? [])
  return times.length ? Math.min(...times) : null
}

/** One of these signs by chance, and not this one unless there is no other. */
export function anyOf(labels: readonly Label[], but: string | null, chance: () => number = Math.random): Label | null {
  const others = labels.filter((label) => label.gloss !== but)
  const among = others.length ? others : labels
  return among[Math.floor(chance() * among.length)] ?? null
}

/** `count` signs to choose among, `right` one of them, in any order. Words that the page would show alike are one word. */
export function choices(labels: readonly Label[], right: Label, count: number, chance: () => number = Math.random): Label[] {
  const others = labels.filter((label) => label.say !== right.say)
  const picked: Label[] = []
  while (picked.length < count - 1 && others.length) picked.push(...others.splice(Math.floor(chance() * others.length), 1))
  picked.splice(Math.floor(chance() * (picked.length + 1)), 0, right)
  return picked
}
