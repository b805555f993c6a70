import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { least, ODDS, verdict, type Rule, type Strictness } from './verify'

interface Golden {
  rule: Rule
  cases: { probabilities: number[]; target: string; strictness: Strictness; outcome: string; looks_like: string | null }[]
}
// The same file that tests/test_verify.py reads.
const { rule, cases } = JSON.parse(readFileSync(new URL('../../../tests/golden/verify.json', import.meta.url), 'utf8')) as Golden

test('golden cases: as in Python', () => {
  for (const one of cases) {
    const found = verdict(one.probabilities, one.target, rule, one.strictness)
    expect([found.outcome, found.looksLike], JSON.stringify(one)).toEqual([one.outcome, one.looks_like])
  }
  expect(cases.length).toBeGreaterThan(300)
})

test('strictness moves the odds', () => {
  const all = Object.keys(ODDS) as Strictness[]
  expect(all.map((s) => least(0.5, s).toFixed(4))).toEqual(['0.3333', '0.5000', '0.6667'])
  expect(all.map((s) => [least(0, s), least(1, s)])).toEqual([[0, 1], [0, 1], [0, 1]])
})
