/** What Privacy says, in Spanish. */

import type { privacy as en } from '../en/privacy'

export const privacy: typeof en = {
  title: 'Privacidad',
  promise: 'La imagen de tu cámara se usa solo en este dispositivo. Nunca se sube, se guarda ni se envía a nadie.',
  kept: 'Tu progreso y las señas que grabas se quedan en este navegador; bórralos aquí.',
  nobody: 'No hay cuentas ni estadísticas sobre ti, y nada se carga de otros sitios.',
  here: 'Lo que guarda este navegador',
  things: [
    'lo que eliges en Ajustes',
    'tu progreso: qué señas vuelven y cuándo, y cómo salió cada una',
    'tus propias señas: puntos de manos y hombros, nunca una imagen',
    'la página misma, para que funcione sin red',
  ],
  progress: 'Llevarte tu progreso',
  goodbye: 'No dejar nada',
  forget: 'Borrar todo lo de aquí…',
  sureTitle: '¿Borrar tus ajustes, tu progreso y tus propias señas?',
  sure: 'No se pueden recuperar, salvo que antes los hayas guardado en un archivo.',
  yes: 'Borrar todo',
  no: 'Conservarlo',
  failed: 'Este navegador no lo permitió. Su «borrar datos del sitio» hace lo mismo.',
  deleted: 'Todo está borrado.',
  how: 'Cómo se consigue',
  means: [
    'La página solo puede pedir algo a la dirección de la que vino: lo impone tu navegador, quiera lo que quiera la página.',
    'Esa dirección solo da. Nada allí recibe una imagen ni un vídeo.',
    'Las caras no se dibujan, y nada de ellas se usa ni se guarda.',
  ],
  seeCount: 'Ver cuántas solicitudes se han enviado a otros sitios',
}
