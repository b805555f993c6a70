/** The page's words in the language of the settings; what reads `t` is shown anew when that changes. */

import { settings, type Language } from '../store/settings.svelte'
import { en } from './en'
import { es } from './es'
import { glosses } from './es/glosses'

export type Texts = typeof en

const LANGUAGES: Record<Language, Texts> = { en, es }

export const t = new Proxy(en, {
  get: (_, name) => LANGUAGES[settings.language][name as keyof Texts],
})

/** The word a person reads for a sign: the bundle's own (English), or its translation where there is one. */
export function sayOf(gloss: string, say: string): string {
  return settings.language === 'es' ? (glosses[gloss] ?? say) : say
}
