CREATE TABLE "installation" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"paused_at" timestamp with time zone,
	"paused_by" text,
	"pause_reason" text,
	CONSTRAINT "installation_one_row" CHECK ("installation"."id" = 1),
	CONSTRAINT "installation_paused" CHECK (("installation"."paused_at" is null) = ("installation"."paused_by" is null))
);
--> statement-breakpoint
INSERT INTO "installation" ("id") VALUES (1);--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "max_turns" integer;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "failure" jsonb;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "model" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "max_turns_coding" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "waiting_on" text;--> statement-breakpoint
CREATE INDEX "runs_waiting_for_person" ON "runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE waiting_on = 'person';--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_turns" CHECK ("repositories"."max_turns_coding" between 1 and 10000);