/** A word as ASL's alphabet spells it: A to Z, and what becomes of everything else. */

/** As many letters as a word to spell may have. */
export const LONGEST_WORD = 12

export interface Spelled {
  /** A … Z, in order. */
  letters: string[]
  /** Letters with a mark, and those that two stand for, each with what is spelled. */
  plain: { from: string; to: string }[]
  /** Spaces and signs that nobody spells. */
  silent: boolean
  digits: boolean
  /** What no letter stands for. */
  unknown: string[]
}

/** Letters that are no A … Z with a mark. */
const WRITTEN: Record<string, string> = { ß: 'SS', Æ: 'AE', Œ: 'OE', Ø: 'O', Ł: 'L', Đ: 'D', Ð: 'D', Þ: 'TH', ı: 'I', Ħ: 'H' }

export function spelled(text: string): Spelled {
  const out: Spelled = { letters: [], plain: [], silent: false, digits: false, unknown: [] }
  for (const char of text.trim().normalize('NFC')) {
    const upper = char === 'ß' || char === 'ı' ? char : char.toUpperCase()
    const to = WRITTEN[upper] ?? upper.normalize('NFD').replace(/\p{M}/gu, '')
    if (/^[A-Z]+$/.test(to)) {
      out.letters.push(...to)
      if (to !== upper && !out.plain.some(({ from }) => from === upper)) out.plain.push({ from: upper, to })
    } else if (/\p{Nd}/u.test(char)) out.digits = true
    else if (/[\s\p{P}\p{M}]/u.test(char)) out.silent = true
    else if (!out.unknown.includes(char)) out.unknown.push(char)
  }
  return out
}
