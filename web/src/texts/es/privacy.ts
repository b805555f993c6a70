/** What Privacy says, in Spanish. */

import type { privacy as en } from '../en/privacy'

export const privacy: typeof en = {
  title: 'Privacidad',
  promise: 'La imagen de tu cámara se usa solo en este dispositivo. Nunca se sube, se guarda ni se envía a nadie.',
}
