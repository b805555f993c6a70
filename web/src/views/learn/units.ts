/** Units: signs that belong together. What a bundle has besides, from another version say, follows in fives. */

import type { Tutorials } from '../../engine/tutorials'
import { keyOf, type Kept } from '../../store/progress'
import { sayOf, t } from '../../texts'

export interface Unit {
  bundle: string
  /** Of t.learn.units; '' for letters and numbers, which are named by their first and last, and for what no theme has. */
  theme: string
  glosses: string[]
}

/** Signs that are there to be looked at: Practise doesn't ask them (its plan.ts says why), so no unit offers to. */
export const LOOK = 'look'
export const THEMES: Record<string, Record<string, string[]>> = {
  signs: {
    first: ['hello', 'thank you', 'please', 'no', 'i love you'],
    cafe: ['coffee', 'tea', 'water', 'muffin', 'get'],
    order: ['small', 'medium', 'large', 'can'],
    [LOOK]: ['bye', 'my', 'name', 'you', 'happy', 'sad', 'hungry'],
  },
}
/** Who greets on the first page, and the moment of the sign that shows it best. */
export const GREETING = { bundle: 'signs', gloss: 'hello', moment: 0.35 }
/** The order of numbers begins with one. */
const ORDER: Record<string, string[]> = { digits: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] }
const SIZE = 5
/** The order of the groups; other bundles follow. */
const GROUPS = ['signs', 'letters', 'digits']

/** The bundles in the order they are shown in. */
export const inOrder = (bundles: readonly string[]): string[] => [...GROUPS.filter((name) => bundles.includes(name)), ...bundles.filter((name) => !GROUPS.includes(name))]

/** A bundle's signs, shown or not, in units. */
export function unitsOf({ bundle, shown, leftOut }: Tutorials): Unit[] {
  const all = [...shown.keys(), ...leftOut.keys()]
  const themes = Object.entries(THEMES[bundle] ?? {}).map(([theme, glosses]) => ({ bundle, theme, glosses: glosses.filter((gloss) => all.includes(gloss)) }))
  const named = new Set(themes.flatMap(({ glosses }) => glosses))
  const order = ORDER[bundle] ?? []
  const others = all.filter((gloss) => !named.has(gloss)).sort((a, b) => order.indexOf(a) - order.indexOf(b))
  return [...themes.filter(({ glosses }) => glosses.length), ...fives(others).map((glosses) => ({ bundle, theme: '', glosses }))]
}

/** In fives; a single one that is left over joins the last five. */
function fives(glosses: readonly string[]): string[][] {
  const parts: string[][] = []
  for (let i = 0; i < glosses.length; i += SIZE) parts.push(glosses.slice(i, i + SIZE))
  if (parts.length > 1 && parts.at(-1)!.length === 1) parts.at(-2)!.push(...parts.pop()!)
  return parts
}

/** Whether practising asks a unit's signs before the camera. */
export const isAsked = ({ theme }: Unit): boolean => theme !== LOOK

/** How many signs are due, and in which bundle most of them are; null where none is. */
export function waitingIn(all: readonly Tutorials[], known: ReadonlyMap<string, Kept>, now: number): { bundle: string; count: number } | null {
  const counts = new Map<string, number>()
  for (const [name, { due }] of known) {
    const { bundle, skill } = keyOf(name)
    if (skill === 'sign' && due <= now && all.some((one) => one.bundle === bundle)) counts.set(bundle, (counts.get(bundle) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  return most ? { bundle: most[0], count: most[1] } : null
}

/** What a person calls a unit. */
export function titleOf({ theme, glosses, bundle }: Unit): string {
  if (theme) return t.learn.units[theme] ?? theme
  return THEMES[bundle] ? t.learn.moreSigns : t.learn.fromTo(sayOf(glosses[0]!, glosses[0]!), sayOf(glosses.at(-1)!, glosses.at(-1)!))
}
