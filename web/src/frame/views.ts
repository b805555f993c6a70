/** The views that are there, each loaded when it is first shown. A file in src/views is all it takes to be offered. */

import type { Component } from 'svelte'

import { VIEWS, type View } from '../route.svelte'
import type { Texts } from '../texts'

type Load = () => Promise<{ default: Component }>

const FILES = import.meta.glob<{ default: Component }>('../views/*.svelte')

/** Each view's texts, and the file that shows it. */
export const TEXTS = {
  learn: 'learn',
  practise: 'practise',
  fingerspell: 'fingerspell',
  recognise: 'recognise',
  'my-signs': 'mySigns',
  models: 'models',
  settings: 'settings',
  privacy: 'privacy',
} as const satisfies Record<View, keyof Texts>

const fileOf = (view: View): string => {
  const name: string = TEXTS[view]
  return `../views/${name[0]!.toUpperCase()}${name.slice(1)}.svelte`
}

export const LOAD = Object.fromEntries(VIEWS.map((view) => [view, FILES[fileOf(view)]])) as Record<View, Load>

export const OFFERED: readonly View[] = VIEWS.filter((view) => LOAD[view])

/** The views one comes for; the others stand apart. */
export const MAIN: readonly View[] = OFFERED.filter((view) => !['models', 'settings', 'privacy'].includes(view))
export const MORE: readonly View[] = OFFERED.filter((view) => !MAIN.includes(view))
