/**
 * Spelling a word letter by letter before the camera. Each letter is judged against what is asked for and counts once it
 * has been held; J and Z count by their movement; a letter that comes twice needs a small move, or an open hand, between.
 */

import type { Manifest } from './bundle'
import { probabilities } from './decide'
import { HANDS, seen, SIDES } from './hands'
import type { Clip } from './recognizer'
import { Hold, SLACK } from './stream'
import { ruleOf, verdict, type Strictness } from './verify'

/** What judges; `Recognizer` in the page, a stand-in in tests. */
export interface Judge {
  readonly manifest: Manifest
  logits(clip: Clip): Promise<Float32Array>
}

/** A doubled letter slides aside by at least this much of the hand's palm. */
const MOVED = 0.4
/** A hand that is gone for so long has let go, s. */
const GONE = 0.15

export interface Spelling {
  /** The letter that is asked for; the word's length once all are done. */
  index: number
  /** How much of the needed time it has been held, 0 … 1. */
  share: number
  /** The letter before has just been counted. */
  counted: boolean
  /** The same letter comes again and has not been let go of yet. */
  again: boolean
  /** The letter that the hand shows instead, where it is sure. */
  looksLike: string | null
  /** Seconds in which a hand was shown and nothing came of it. */
  stuck: number
  /** What the hand did last: what a tip is about. Null where no hand is seen. */
  clip: Clip | null
}

export class Speller {
  private frames: { at: number; points: Float32Array }[] = []
  private hold: Hold
  private index = 0
  /** Where the wrist was when a doubled letter counted, and since when the hand has been something else, s. */
  private release: { wrist: readonly [number, number]; otherSince: number | null } | null = null
  private stuckSince: number | null = null
  private seenAt = -1

  constructor(
    private readonly by: Judge,
    private readonly word: readonly string[],
    private readonly seconds: number,
    private readonly strictness: Strictness,
  ) {
    this.hold = this.fresh()
  }

  /** The letter that is asked for; undefined once all are done. */
  get letter(): string | undefined {
    return this.word[this.index]
  }

  /** On to the next letter. */
  skip(): void {
    this.release = null
    this.next()
  }

  /** One frame's landmarks (42 × 3) at `at` s. Await each answer before the next frame is given. */
  async feed(points: Float32Array, at: number, aspect: number): Promise<Spelling> {
    const letter = this.letter
    const there = seen(points)
    this.frames = [...this.frames.filter((f) => f.at >= at - this.by.manifest.input.window), { at, points }]
    const clip: Clip = { frames: this.frames.map((f) => f.points), times: this.frames.map((f) => f.at), aspect }
    if (letter === undefined) return this.said(0, null, null, at)
    if (!there) return this.unseen(at)
    this.seenAt = at
    const { accepted, probability, looksLike } = judged(await this.by.logits(clip), this.by.manifest, letter, this.strictness)
    if (this.release && !this.letGo(this.release, points, accepted, at, aspect)) return this.said(0, null, clip, at)
    this.hold.feed({ time: at, gloss: accepted ? letter : null, probability })
    const { share } = this.hold.progress
    if (share >= 1) return this.count(points, at, aspect, clip)
    if (share > 0) this.stuckSince = null
    else this.stuckSince ??= at
    return this.said(share, looksLike, clip, at)
  }

  private unseen(at: number): Spelling {
    this.hold.feed({ time: at, gloss: null, probability: 0 })
    this.stuckSince = null
    if (at - this.seenAt >= GONE) this.release = null
    return this.said(this.hold.progress.share, null, null, at)
  }

  private count(points: Float32Array, at: number, aspect: number, clip: Clip): Spelling {
    const same = this.word[this.index + 1] === this.letter
    this.next()
    const wrist = placeOf(points, aspect)?.wrist
    this.release = same && wrist ? { wrist, otherSince: null } : null
    return { ...this.said(0, null, clip, at), counted: true }
  }

  private next(): void {
    this.index++
    this.hold = this.fresh()
    this.frames = [] // the next letter is judged by what follows
    this.stuckSince = null
  }

  private fresh(): Hold {
    const moving = this.by.manifest.labels.filter((x) => x.needs_motion).map((x) => x.gloss)
    return new Hold(new Set(moving), this.seconds)
  }

  /** Whether the hand let go of a letter that comes again: it moved aside, or was something else for a moment. */
  private letGo(release: NonNullable<typeof this.release>, points: Float32Array, accepted: boolean, at: number, aspect: number): boolean {
    if (accepted) release.otherSince = null
    else release.otherSince ??= at
    const place = placeOf(points, aspect)
    const far = place ? Math.hypot(place.wrist[0] - release.wrist[0], place.wrist[1] - release.wrist[1]) / place.palm : 0
    if (far < MOVED && !(release.otherSince !== null && at - release.otherSince >= SLACK)) return false
    this.release = null
    return true
  }

  private said(share: number, looksLike: string | null, clip: Clip | null, at: number): Spelling {
    const stuck = this.stuckSince === null ? 0 : at - this.stuckSince
    return { index: this.index, share, counted: false, again: this.release !== null, looksLike, stuck, clip }
  }
}

/** Whether a letter was made. Letters that move have no calibrated bound: they must be the surest, and known. */
function judged(logits: Float32Array, manifest: Manifest, letter: string, strictness: Strictness): { accepted: boolean; probability: number; looksLike: string | null } {
  const p = probabilities(logits, manifest.decision.temperature)
  const rule = ruleOf(manifest)
  const accept = letter in rule.accept ? rule.accept : { ...rule.accept, [letter]: rule.reject_below }
  const { outcome, probability, looksLike } = verdict(p, letter, { ...rule, accept }, strictness)
  return { accepted: outcome === 'accepted', probability, looksLike }
}

/** The first seen hand's wrist, and its palm's length, picture heights. */
function placeOf(points: Float32Array, aspect: number): { wrist: readonly [number, number]; palm: number } | null {
  for (const side of SIDES) {
    const from = HANDS.parts[`${side}_hand`]![0]
    const at = (i: number): readonly [number, number] => [points[3 * (from + i)]! * aspect, points[3 * (from + i) + 1]!]
    const [wrist, knuckle] = [at(0), at(9)]
    if (!Number.isNaN(wrist[0] + knuckle[0])) return { wrist, palm: Math.hypot(knuckle[0] - wrist[0], knuckle[1] - wrist[1]) || 1 }
  }
  return null
}
