/** What Learn says, in Spanish. */

import type { learn as en } from '../en/learn'

export const learn: typeof en = {
  title: 'Aprender',
}
