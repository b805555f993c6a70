/** What Fingerspell says, in Spanish. */

import type { fingerspell as en } from '../en/fingerspell'

export const fingerspell: typeof en = {
  title: 'Deletrear',
}
