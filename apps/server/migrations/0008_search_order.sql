-- What a frequent word is looked for in: the words of the newest tasks, one after another. All rows change, so the index of words is built anew.
DROP INDEX "run_words_by_word";--> statement-breakpoint
ALTER TABLE "run_words" ADD COLUMN "created_at" timestamp with time zone;--> statement-breakpoint
DELETE FROM "run_words" "w" USING "runs" "r" WHERE "r"."id" = "w"."run_id" AND "r"."kind" <> 'repo';--> statement-breakpoint
UPDATE "run_words" "w" SET "created_at" = "r"."created_at" FROM "runs" "r" WHERE "r"."id" = "w"."run_id";--> statement-breakpoint
ALTER TABLE "run_words" ALTER COLUMN "created_at" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "run_words_newest" ON "run_words" USING btree ("workspace_id","created_at" DESC NULLS LAST,"run_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "run_words_by_word" ON "run_words" USING gin ("words") WITH (fastupdate=off);
