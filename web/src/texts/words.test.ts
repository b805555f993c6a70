/** What the page says, word for word, in both languages: nothing that hurts, and nothing it has no business saying. */

import { expect, test } from 'vitest'

const SOURCES = import.meta.glob<string>(['./en/*.ts', './es/*.ts', '../views/**/*.svelte', '../frame/*.svelte', '../App.svelte'], { query: '?raw', import: 'default', eager: true })
/** Comments may say what is never said, and styles mean other things by their words. */
const plain = (source: string): string => source.replace(/<style>[\s\S]*<\/style>|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|\/\/.*$/gm, '')
const said = Object.entries(SOURCES).map(([file, source]) => [file, plain(source)] as const)

test.each([
  ['never "wrong"', /\bwrong\b|\bincorrect|\bmal hecha\b|incorrect[oa]/i],
  ['never a translator', /\btranslat(or|ion|e)|\btraduct|\btraduc/i],
  ['never words that Deaf people have asked not to be called by', /hearing[- ]impaired|\bdeaf[- ]?mute|\bmute\b(?!d)|sordomud|\bmudo/i],
  ['no streaks', /\bstreak|\bracha\b/i],
  ['no degrees', /\bdegrees?\b(?!\.)|°|\bgrados\b/i],
])('%s', (_, pattern) => {
  const found = said.flatMap(([file, source]) => source.split('\n').flatMap((line) => (pattern.test(line) ? `${file}: ${line.trim()}` : [])))
  expect(found).toEqual([])
})

test('a gesture is only what the warm-up calls one', () => {
  for (const [file, source] of said.filter(([file]) => file.startsWith('./'))) {
    for (const line of source.split('\n')) {
      if (/gesture|gesto/i.test(line) && !line.includes('import')) expect(`${file}: ${line}`).toMatch(/practise|GESTURES|gestures|not signs|no señas|warmup/i)
    }
  }
})
