/**
 * How a device keeps up with the camera where a body is followed too: it looks at all it can; then at the body in every
 * third picture only, since shoulders hardly move; then it records first and looks afterwards ("sign, then wait").
 */

export type Pace = 'live' | 'sparing' | 'later'

/** Fewer pictures a second than this, and quick signs are missed: boundaries need three in START_TIME … STILL. */
export const SLOW = 8
/** Seconds of slowness before anything changes: the first pictures of a stream are always slow. */
export const SLOW_FOR = 4
/** Of a device that has spared itself: the body in every so many pictures. */
export const BODY_EVERY = 3
/** Pictures a second that are recorded to be looked at afterwards: enough for any sign of the words here, and no more to wait for. */
export const RECORDED = 8

export class PaceKeeper {
  pace: Pace = 'live'
  private since = -1

  /** `speed`: pictures a second as last measured, 0 where unknown; at `time` s of the stream. Never gets quicker again. */
  note(speed: number, time: number): Pace {
    if (speed <= 0 || speed >= SLOW || this.pace === 'later') this.since = -1
    else if (this.since < 0) this.since = time
    else if (time - this.since >= SLOW_FOR) [this.pace, this.since] = [this.pace === 'live' ? 'sparing' : 'later', time]
    return this.pace
  }
}
