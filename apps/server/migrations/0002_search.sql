CREATE TABLE "log_signatures" (
	"run_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"shard" smallint NOT NULL,
	"block" integer NOT NULL,
	"bits" "bytea" NOT NULL,
	CONSTRAINT "log_signatures_run_id_shard_block_pk" PRIMARY KEY("run_id","shard","block")
);
--> statement-breakpoint
ALTER TABLE "log_signatures" ADD CONSTRAINT "log_signatures_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "log_entries_by_type" ON "log_entries" USING btree ("run_id","log_type","seq");--> statement-breakpoint
CREATE INDEX "runs_queued_of" ON "runs" USING btree ("repository_id") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "runs_backing_off" ON "runs" USING btree ("not_before") WHERE state = 'queued' and not_before is not null;