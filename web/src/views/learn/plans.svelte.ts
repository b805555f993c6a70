/** What Practise asks of each bundle: looked up after Learn stands there, since nothing in it waits for that. */

import { SvelteMap } from 'svelte/reactivity'

import type { NotAsked, Plan } from '../practise/plan'

/** By bundle; none until it is known, or where it can't be: then every sign is offered, and Practise says what it leaves out. */
const plans = new SvelteMap<string, Plan>()

export async function lookUp(bundle: string): Promise<void> {
  if (plans.has(bundle)) return
  const plan = await import('../practise/plan').then(({ planNamed }) => planNamed(bundle)).catch(() => null)
  if (plan) plans.set(bundle, plan)
}

/** Those of a unit's signs that are asked before the camera. */
export function askedOf(bundle: string, glosses: readonly string[]): readonly string[] {
  const plan = plans.get(bundle)
  return plan ? glosses.filter((gloss) => plan.asked.some((label) => label.gloss === gloss)) : glosses
}

/** Why Practise doesn't ask a sign; null where it does, or nobody knows. */
export const leftOutOf = (bundle: string, gloss: string): NotAsked | null => plans.get(bundle)?.left.find(({ label }) => label.gloss === gloss) ?? null
