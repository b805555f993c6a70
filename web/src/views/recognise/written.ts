/** Writes signs down as they are made. */

import { isKnown, type LiveAnswer } from '../../engine/live'

/** A sign that was made, and when it began, s from the stream's beginning. */
export interface Written {
  gloss: string
  start: number
}

/**
 * Adds what this answer completes. A letter counts the moment its hold is full, once a hold: `counted` is when the last
 * one began, and what to give next time comes back. A sign that moves counts once it is over, in the place of what it
 * revises: the hands had only paused.
 */
export function writeDown(list: Written[], { progress, state, sign }: LiveAnswer, counted: number): number {
  if (state) {
    if (!sign) return counted
    if (list.at(-1)?.start === sign.start) list.pop()
    if (isKnown(sign)) list.push({ gloss: sign.segment.gloss, start: sign.start })
    return counted
  }
  if (progress.gloss === null || progress.share < 1 || progress.since === counted) return counted
  list.push({ gloss: progress.gloss, start: progress.since })
  return progress.since
}
