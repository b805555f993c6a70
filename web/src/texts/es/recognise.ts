/** What Recognise says, in Spanish. */

import type { recognise as en } from '../en/recognise'

export const recognise: typeof en = {
  title: 'Reconocer',
}
