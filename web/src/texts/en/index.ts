/** Every word the page says, in English: common ones by their name (t.retry), a view's own under its name (t.learn.title). */

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

export const en = {
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
