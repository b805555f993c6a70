/** The one tip after an attempt, in Spanish. */

import type { Finger } from '../../engine/feedback'
import type { feedback as en } from '../en/feedback'

const FINGERS: Record<Finger, string> = { index: 'el índice', middle: 'el dedo medio', ring: 'el anular', little: 'el meñique' }
const SAID: Record<string, string> = {
  show: 'Pon la mano donde la cámara la vea entera.',
  both: 'Usa las dos manos.',
  one: 'Usa una sola mano; deja la otra en reposo.',
  up: 'Apunta la mano hacia arriba.',
  down: 'Apunta la mano hacia abajo.',
  sideways: 'Apunta la mano hacia un lado.',
  palm_out: 'Gira la palma hacia la cámara.',
  palm_in: 'Gira la palma hacia ti.',
  palm_side: 'Gira la palma hacia un lado.',
  together: 'Casi: junta los dedos.',
  apart: 'Casi: separa los dedos.',
  cross: 'Casi: cruza los dedos.',
  out: 'Casi: saca el pulgar hacia un lado.',
  in: 'Casi: acerca el pulgar a la mano.',
  larger: 'Casi: haz el movimiento más grande.',
  smaller: 'Casi: haz el movimiento más pequeño.',
  again: 'Casi: repite el movimiento.',
  once: 'Casi: haz menos movimientos.',
}
const WHEN: Record<string, string> = { start: 'Empieza', middle: 'Haz la seña', end: 'Termina' }
const WHERE: Record<string, string> = {
  chin: 'más cerca de la barbilla',
  forehead: 'más cerca de la frente',
  higher: 'más arriba',
  lower: 'más abajo',
  closer: 'más cerca del centro del cuerpo',
  wider: 'más hacia fuera',
}

export const feedback: typeof en = {
  tip: ({ part, finger, change }) => {
    if (part === 'place') {
      const [when, where] = change.split('_') as [string, string]
      return `${WHEN[when]!} ${WHERE[where]!}.`
    }
    const named = finger ? FINGERS[finger] : 'los dedos'
    switch (change) {
      case 'straighten':
        return `Casi: estira ${named}.`
      case 'bend':
        return `Casi: dobla ${named}.`
      case 'bend_less':
        return `Casi: dobla un poco menos ${named}.`
      case 'bend_more':
        return `Casi: dobla un poco más ${named}.`
      case 'touch':
        return `Casi: toca ${named} con el pulgar.`
      default:
        return SAID[change]!
    }
  },
  yours: 'Tú',
  usual: 'Lo habitual',
  picture: 'Tu mano y, al lado, cómo se suele hacer la seña',
}
