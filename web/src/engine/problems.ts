/** What can go wrong, by name. The words for each are in src/texts; nothing here is shown as it is. */

export type ProblemName =
  | 'camera-denied'
  | 'camera-missing'
  | 'camera-in-use'
  | 'camera-lost'
  | 'insecure-address'
  | 'unsupported-browser'
  | 'tracker-failed'
  | 'no-bundles'
  | 'bundle-failed'
  | 'file-unreadable'
  | 'video-unreadable'
  | 'not-a-picture'

export class Problem extends Error {
  constructor(
    readonly problem: ProblemName,
    /** What exactly: a file's name, a server's line. */
    readonly detail = '',
  ) {
    super(`${problem}: ${detail}`)
    this.name = 'Problem'
  }
}

/** The problem an error stands for; errors of unknown kind become `otherwise`. */
export function problemOf(error: unknown, otherwise: ProblemName): Problem {
  if (error instanceof Problem) return error
  return new Problem(otherwise, error instanceof Error ? error.message : String(error))
}
