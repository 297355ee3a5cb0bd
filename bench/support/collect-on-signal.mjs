// Loaded into the server by many-runs.bench.mjs (`--import`, with `--expose-gc`): SIGWINCH, which nothing else uses there, has it collect
// what is garbage, so that what is left is what is kept.
process.on('SIGWINCH', () => globalThis.gc?.())
