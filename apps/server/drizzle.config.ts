import { defineConfig } from 'drizzle-kit'

/** Migrations are generated from the schema by `npm run db:generate -w @optio/server`, read, and committed; never edited later. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/database/schema/index.ts',
  out: './migrations',
})
