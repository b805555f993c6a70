/** What My signs says, in Spanish. */

import type { mySigns as en } from '../en/mySigns'

export const mySigns: typeof en = {
  title: 'Mis señas',
}
