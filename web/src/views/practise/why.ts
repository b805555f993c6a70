/** Why a sign is not asked before the camera, in the page's words. */

import { t } from '../../texts'
import type { NotAsked } from './plan'

/** Of a sign that is only there to be looked at nothing else is known than that one person has shown it. */
export function whyLeft(one: NotAsked | null): string {
  const { reason, recall } = one ?? { reason: 'alone' as const, recall: null }
  return reason === 'quality' ? t.practise.reasons.quality(Math.round(100 * (recall ?? 0))) : t.practise.reasons[reason]
}
