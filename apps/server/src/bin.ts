import { main } from './main.ts'

/** `node dist/bin.js [stop [--agents]]`: the compiled program without the set-up that `npm start` does first. */
await main(process.argv.slice(2))
