import { mount } from 'svelte'

import App from './App.svelte'
import './app.css'
import { stayOffline } from './offline/offline.svelte'
import { loadSettings } from './store/settings.svelte'

const target = document.getElementById('app')!
// Before anything is shown, so that nobody sees another language or text size first.
await loadSettings()
target.replaceChildren()
mount(App, { target })
// Once the first view stands, so that keeping files doesn't delay it.
if (import.meta.env.PROD) {
  if (document.readyState === 'complete') void stayOffline()
  else window.addEventListener('load', () => void stayOffline(), { once: true })
}
