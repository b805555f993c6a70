/** What Practise says, in Spanish. */

import type { practise as en } from '../en/practise'

export const practise: typeof en = {
  title: 'Practicar',
}
