/** Every word the page says, in Spanish. */

import type { en } from '../en'
import { common } from './common'
import { facts } from './facts'
import { feedback } from './feedback'
import { fingerspell } from './fingerspell'
import { learn } from './learn'
import { models } from './models'
import { mySigns } from './mySigns'
import { practise } from './practise'
import { privacy } from './privacy'
import { recognise } from './recognise'
import { settings } from './settings'
import { stage } from './stage'

export const es: typeof en = {
  ...common,
  learn,
  facts,
  practise,
  feedback,
  fingerspell,
  recognise,
  mySigns,
  models,
  settings,
  stage,
  privacy,
}
