-- The words of texts, as searches compare them. Punctuation goes first: the parser would keep "src/parser.ts" together as a file.
CREATE OR REPLACE FUNCTION "words_of"("title" text, "prompt" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $words$
  select strip(to_tsvector('pg_catalog.simple', translate(title || ' ' || left(prompt, 20000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))))
$words$;--> statement-breakpoint
CREATE TABLE "run_words" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
-- A search for a frequent word reads many rows and no words: those lie beside, so that the rows are short.
ALTER TABLE "run_words" SET (toast_tuple_target = 128);--> statement-breakpoint
INSERT INTO "run_words" ("run_id", "workspace_id", "words") SELECT "id", "workspace_id", words_of("title", "prompt") FROM "runs";--> statement-breakpoint
ALTER TABLE "run_words" ADD CONSTRAINT "run_words_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "run_words_by_word" ON "run_words" USING gin ("words") WITH (fastupdate=off);--> statement-breakpoint
CREATE INDEX "attempts_by_end" ON "attempts" USING btree ("workspace_id","ended_at","run_id","cost_usd");--> statement-breakpoint
CREATE INDEX "runs_sorts" ON "runs" USING btree ("workspace_id","id","repo_url","kind");