import { mount } from 'svelte'

import App from './App.svelte'
import './app.css'
import { loadSettings } from './store/settings.svelte'

const target = document.getElementById('app')!
// Before anything is shown, so that nobody sees another language or text size first.
await loadSettings()
target.replaceChildren()
mount(App, { target })
