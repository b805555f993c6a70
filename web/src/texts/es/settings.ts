/** What Settings says, in Spanish. */

import type { settings as en } from '../en/settings'

export const settings: typeof en = {
  title: 'Ajustes',
  kept: 'Cada cambio vale al momento y se guarda solo en este navegador.',
  camera: 'Tú y la cámara',
  mirror: 'Verme como en un espejo',
  mirrorNote: 'Solo se refleja lo que ves. Lo que se juzga es siempre tu mano tal como es.',
  reading: 'Leer y mirar',
  textSize: 'Tamaño del texto',
  textSizes: { usual: 'Normal', large: 'Grande', larger: 'Más grande' },
  contrast: 'Contraste',
  motion: 'Movimiento en la página',
  asSystem: 'Como mi sistema',
  more: 'Más',
  less: 'Menos',
  language: 'Idioma de la página',
  languageNote: 'Las señas siguen siendo de la lengua de señas americana (ASL).',
}
