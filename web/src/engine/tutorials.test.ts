import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { boxOf, figureOf, trailOf } from './figure'
import { LAYOUTS } from './layouts'
import { pointsAt, readTutorials, tutorialsOf, type Tutorial } from './tutorials'

interface Golden {
  file: Record<string, unknown> & { tutorials: Record<string, unknown>[] }
  expected: { times: number[]; frames: (number | null)[][] }[]
}
const golden = (): Golden => JSON.parse(readFileSync(new URL('../../../tests/golden/tutorials.json', import.meta.url), 'utf8')) as Golden
const file = (): Golden['file'] => golden().file
const [wave, rise] = [...readTutorials(file(), 'golden').shown.values()] as [Tutorial, Tutorial]
const front = { leftHanded: false, mirrored: false }

describe('a file of tutorials', () => {
  it('reads to the numbers that Python reads', () => {
    golden().expected.forEach(({ times, frames }, i) => {
      const one = [wave, rise][i]!
      expect(one.times).toEqual(times)
      expect(one.frames.map((frame) => [...frame].map((v) => (Number.isNaN(v) ? null : v)))).toEqual(frames)
    })
  })

  it('says which signs nothing shows, and why', () => {
    expect([...readTutorials(file(), 'golden').leftOut]).toEqual([['push', 'nobody shows it']])
  })

  it.each([
    ['a missing key', (raw: Golden['file']) => delete raw.tutorials[0]!.credit, /wave: credit is missing|credit is missing/],
    ['an unknown key', (raw: Golden['file']) => (raw.tutorials[0]!.colour = 'red'), /colour is unknown/],
    ['another version', (raw: Golden['file']) => (raw.schema_version = 2), /schema version 2/],
    ['points that do not fit', (raw: Golden['file']) => (raw.tutorials[0]!.points = 'AAAA'), /wave: its points don't fit/],
    ['a rate that does not fit', (raw: Golden['file']) => (raw.tutorials[0]!.rate = 0), /wave: 4 frames at 0 a second/],
    ['a link that runs', (raw: Golden['file']) => (raw.tutorials[0]!.link = 'javascript:alert(1)'), /no https address/],
    ['a video elsewhere', (raw: Golden['file']) => (raw.tutorials[0]!.video = '../x.mp4'), /its video is none/],
    ['a part that is none', (raw: Golden['file']) => (raw.tutorials[0]!.parts = ['face']), /no known parts/],
  ])('refuses %s', (_, change, words) => {
    const raw = file()
    change(raw)
    expect(() => readTutorials(raw, 'golden')).toThrow(words)
  })

  it('is asked for once; where there is none, nothing is shown; after a failure it is asked for again', async () => {
    let asked = 0
    const answer = (status: number) => (): Promise<Response> => {
      asked++
      return Promise.resolve(new Response(JSON.stringify(file()), { status }))
    }
    await expect(tutorialsOf('a', answer(500))).rejects.toThrow('/tutorials/a.json: the server answered 500')
    expect((await tutorialsOf('a', answer(200))).shown.size).toBe(2)
    await tutorialsOf('a', answer(200))
    expect(asked).toBe(2)
    expect((await tutorialsOf('b', answer(404))).shown.size).toBe(0)
  })
})

describe('a moment', () => {
  it('lies between two frames, and stands still before and after', () => {
    const at = 3 * LAYOUTS.hands_pose!.points.indexOf('right_hand.wrist')
    const xs = wave.frames.map((frame) => frame[at]!)
    expect(pointsAt(wave, -1)[at]).toBe(xs[0])
    expect(pointsAt(wave, 0.025)[at]).toBeCloseTo((xs[0]! + xs[1]!) / 2, 6)
    expect(pointsAt(wave, 9)[at]).toBe(xs.at(-1))
  })
})

describe('a figure', () => {
  const kinds = (one: Tutorial, look = front): Set<string> => new Set(figureOf(one, one.frames[0]!, look).map(({ kind }) => kind))
  const placeOf = (one: Tutorial, kind: string, look = front): number => {
    const { d } = figureOf(one, one.frames[0]!, look).find((shape) => shape.kind === kind)!
    return Number(/^M(-?[\d.]+)/.exec(d)![1])
  }

  it('has a body and the hands that sign, and nothing of a face', () => {
    expect([...kinds(wave)].filter((kind) => kind.startsWith('left'))).toEqual([])
    expect(kinds(wave)).toContain('body area')
    expect(kinds(rise)).toContain('left')
    for (const { d } of figureOf(rise, rise.frames[0]!, front)) expect(d).not.toContain('NaN')
  })

  it.each([
    ['B', 'palm'], // palm forward, its nails on the other side
    ['P', 'back'],
  ])('shows the hand of %s by its %s, whichever hand it is and however it is seen', (gloss, face) => {
    const letters = readTutorials(JSON.parse(readFileSync(new URL('../../../src/deepsign/tutorials/letters.json', import.meta.url), 'utf8')), 'letters')
    const other = face === 'palm' ? 'back' : 'palm'
    for (const leftHanded of [false, true])
      for (const mirrored of [false, true]) {
        const seen = kinds(letters.shown.get(gloss)!, { leftHanded, mirrored })
        const side = leftHanded ? 'left' : 'right'
        expect(seen).toContain(`${side} area ${face}`)
        expect(seen).not.toContain(`${side} area ${other}`)
        expect(seen.has(`${side} nail`)).toBe(face === 'back')
      }
  })

  it('turns round in a mirror and for left-handed people, and back where both are', () => {
    const right = placeOf(wave, 'right thumb')
    expect(placeOf(wave, 'right thumb', { leftHanded: false, mirrored: true })).toBeCloseTo(1000 - right, 0)
    expect(placeOf(wave, 'left thumb', { leftHanded: true, mirrored: false })).toBeCloseTo(1000 - right, 0)
    expect(placeOf(wave, 'left thumb', { leftHanded: true, mirrored: true })).toBeCloseTo(right, 0)
  })

  it('fits its picture with every hand in it, and its mirror image fits the mirrored one', () => {
    const { x, y, width, height } = boxOf(rise, front)
    expect(boxOf(rise, { leftHanded: false, mirrored: true }).x).toBeCloseTo(1000 - x - width, 6)
    for (const frame of rise.frames) {
      for (const name of ['left_hand.middle_tip', 'right_hand.middle_tip', 'right_hand.wrist']) {
        const at = 3 * LAYOUTS.hands_pose!.points.indexOf(name)
        expect(1000 * frame[at]!).toBeGreaterThan(x)
        expect(1000 * frame[at]!).toBeLessThan(x + width)
        expect(1000 * frame[at + 1]!).toBeGreaterThan(y)
        expect(1000 * frame[at + 1]!).toBeLessThan(y + height)
      }
    }
  })

  it('leaves a trail up to the moment', () => {
    expect(trailOf(wave, 0, front).split('L')).toHaveLength(1)
    expect(trailOf(wave, 3, front).split('L')).toHaveLength(4)
  })
})
