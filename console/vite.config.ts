import { readdirSync } from 'node:fs'
import { defineConfig } from 'vite'

// Where `npm run dev` finds the API: a mock-server on its usual port, unless told otherwise.
const host = process.env.TESSERA_URL ?? 'http://127.0.0.1:8080'

// The API's rules as WebAssembly, which `cargo xtask console` puts beside what is built here.
const rules = readdirSync('dist/console/assets').find((name) => name.startsWith('validate-'))

export default defineConfig({
  base: '/console/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  define: { RULES: JSON.stringify(`/console/assets/${rules}/validate.js`) },
  build: {
    // the Content-Security-Policy takes no script and no style but files of this origin
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // what knows `light-dark()` and `<dialog>`
    target: ['chrome123', 'firefox128', 'safari17.5'],
    rolldownOptions: {
      output: {
        // a hash that starts with a hyphen or an underscore reads badly, and base 36 has neither
        hashCharacters: 'base36',
      },
    },
  },
  server: {
    proxy: { '^/(v1|accounts|api|organizations|console/assets)(/|\\?|$)': host },
  },
})
