/** What the camera's stage says, in Spanish. */

import type { stage as en } from '../en/stage'

export const stage: typeof en = {
  label: 'Cámara',
  emptyTitle: 'Cuando quieras',
  emptyHand: 'Enciende la cámara y levanta una mano.',
  emptyBody: 'Enciende la cámara y siéntate de modo que se vean la cabeza, los dos hombros y las manos.',
  kept: 'Tu imagen no sale de este dispositivo.',
  hindrances: {
    dark: { title: 'Hay poca luz', text: 'Ponte de cara a una ventana o enciende una lámpara delante de ti.' },
    'no-hand': { title: 'No se ve ninguna mano', text: 'Levanta una mano donde está el contorno, con la palma hacia la cámara, a un brazo de distancia.' },
    'no-body': { title: 'No se ven tus hombros', text: 'Échate hacia atrás hasta que la cabeza, los dos hombros y las manos quepan en el contorno.' },
    'two-people': { title: 'Hay más de una persona', text: 'De una en una, por favor: no sé de quién es cada mano.' },
    'too-near': { title: 'Un poco demasiado cerca', text: 'Échate hacia atrás hasta que quepas en el contorno.' },
    'too-far': { title: 'Un poco lejos', text: 'Acércate a la cámara.' },
    'cut-off': { title: 'Una parte queda fuera', text: 'Vuelve a entrar en la imagen.' },
    slow: { title: 'Este dispositivo va lento', text: 'Primero haz la seña, después espera un momento. Cerrar otros programas ayuda.' },
  },
  ways: {
    left: 'Muévete hacia tu derecha.',
    right: 'Muévete hacia tu izquierda.',
    up: 'Siéntate más alto o baja un poco la cámara.',
    down: 'Échate hacia atrás o sube un poco la cámara.',
  },
}
