import { expect, test } from 'vitest'

import { spelled } from './word'

test.each([
  ['mia', 'MIA', []],
  ['José', 'JOSE', ['É>E']],
  ['José', 'JOSE', ['É>E']],
  ['Ñuño', 'NUNO', ['Ñ>N']],
  ['Weiß', 'WEISS', ['ß>SS']],
  ['Søren', 'SOREN', ['Ø>O']],
])('%s is spelled %s', (text, letters, plain) => {
  const found = spelled(text)
  expect(found.letters.join('')).toBe(letters)
  expect(found.plain.map(({ from, to }) => `${from}>${to}`)).toEqual(plain)
  expect([found.silent, found.digits, found.unknown]).toEqual([false, false, []])
})

test('what is not spelled is named', () => {
  expect(spelled(' Anne-Marie O’Neil ').silent).toBe(true)
  expect(spelled('Anne-Marie').letters.join('')).toBe('ANNEMARIE')
  expect(spelled('R2D2')).toMatchObject({ letters: ['R', 'D'], digits: true })
  expect(spelled('Мия 😀')).toMatchObject({ letters: [], unknown: ['М', 'и', 'я', '😀'] })
  expect(spelled('  ').letters).toEqual([])
})
