/** What Models says, in Spanish. */

import type { models as en } from '../en/models'

const NUMBER = new Intl.NumberFormat('es')

export const models: typeof en = {
  title: 'Modelos',
  intro: 'Qué responde aquí y qué se sabe de lo bien que responde. Cada cifra se midió con personas cuyas señas el modelo no había visto nunca.',
  languages: { ase: 'Lengua de señas americana (ASL)' },
  signCount: (count) => `${count} señas`,
  count: (count) => NUMBER.format(count),
  percent: (share) => `${(share * 100).toFixed(share < 0.995 ? 0 : 1).replace('.', ',')} %`,
  right: 'Leídas bien',
  between: (low, high) => `intervalo del 95 %: de ${(low * 100).toFixed(0)} a ${(high * 100).toFixed(0)} %`,
  measuredOn: 'Medido con',
  people: (count) => (count === 1 ? '1 persona' : `${NUMBER.format(count)} personas`),
  clips: (count) => `${NUMBER.format(count)} imágenes o vídeos`,
  speed: 'En este dispositivo',
  measure: 'Medir la velocidad',
  measuring: 'Midiendo…',
  milliseconds: (ms) => `${ms < 10 ? ms.toFixed(1).replace('.', ',') : ms.toFixed(0)} ms`,
  slowest: (ms) => `por respuesta; 19 de 20 en menos de ${ms < 10 ? ms.toFixed(1).replace('.', ',') : ms.toFixed(0)} ms`,
  signBySign: 'Seña por seña',
  sign: 'Seña',
  readRight: 'Leída bien',
  clipsHead: 'Vídeos',
  peopleHead: 'Personas',
  unmeasured: 'Sin medir todavía:',
  unmeasuredWhy: 'Nadie fuera de los datos de entrenamiento las ha mostrado en vídeos que se puedan usar, así que no se sabe lo bien que se leen.',
  unasked: 'No se preguntan al practicar:',
  origin: 'Versión, licencia y datos',
  version: 'Versión',
  madeBy: (commit) => `(hecha con el código ${commit})`,
  size: 'Tamaño',
  parameters: (count) => `${NUMBER.format(count)} parámetros`,
  licence: 'Licencia',
  licenceIs: 'Apache-2.0',
  collections: 'Hecho a partir de estas colecciones, a las que se da crédito:',
  collection: 'Colección',
  elsewhere: (count) => `Solicitudes enviadas a otros sitios: ${count}`,
  elsewhereNote: 'Las cuenta tu navegador desde que abriste esta página. Además tiene la orden de rechazarlas.',
}
