CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"reason" text NOT NULL,
	"purpose" text,
	"context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text DEFAULT 'starting' NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"process_id" uuid,
	"host_id" text NOT NULL,
	"agent_type" text NOT NULL,
	"model" text,
	"resume_session_id" text,
	"session_id" text,
	"pull_request_head" text,
	"stdout_offset" bigint DEFAULT 0 NOT NULL,
	"stderr_offset" bigint DEFAULT 0 NOT NULL,
	"parser_state" jsonb,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_usd" numeric(20, 9) DEFAULT '0' NOT NULL,
	"cost_estimated" boolean DEFAULT false NOT NULL,
	"model_used" text,
	"result_summary" text,
	"stop_requested" text,
	"stop_reason" text,
	"exit_code" integer,
	"environment_fault" boolean DEFAULT false NOT NULL,
	"error_message" text,
	"outcome" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"deadline_at" timestamp with time zone,
	"last_output_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "attempts_number_key" UNIQUE("run_id","number"),
	CONSTRAINT "attempts_ended" CHECK (("attempts"."state" in ('starting', 'running')) = ("attempts"."ended_at" is null)),
	CONSTRAINT "attempts_usage" CHECK ("attempts"."input_tokens" >= 0 and "attempts"."output_tokens" >= 0 and "attempts"."cost_usd" >= 0)
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"host_id" text NOT NULL,
	"setup_done_at" timestamp with time zone,
	"disk_bytes" bigint,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "effects" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"request" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"process_id" uuid,
	"tries" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"refusal" jsonb,
	"not_before" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "effects_key" UNIQUE("workspace_id","key")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"run_id" uuid,
	"type" text NOT NULL,
	"from_state" text,
	"to_state" text,
	"trigger" text,
	"message" text,
	"actor" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_entries" (
	"run_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"workspace_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"stream" text NOT NULL,
	"log_type" text NOT NULL,
	"content" text NOT NULL,
	"metadata" jsonb,
	"timestamp" timestamp with time zone NOT NULL,
	CONSTRAINT "log_entries_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "log_heads" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"next_seq" bigint DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "processes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host_id" text NOT NULL,
	"pid" integer NOT NULL,
	"lock_key" bigint NOT NULL,
	"pool_ids" text[] DEFAULT '{}' NOT NULL,
	"url" text,
	"version" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "processes_lock_key_unique" UNIQUE("lock_key")
);
--> statement-breakpoint
CREATE TABLE "check_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"repository_id" uuid NOT NULL,
	"pr_number" integer NOT NULL,
	"name" text NOT NULL,
	"head_sha" text NOT NULL,
	"base_sha" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"conclusion" text,
	"summary" text DEFAULT '' NOT NULL,
	"log" text,
	"restarts" integer DEFAULT 0 NOT NULL,
	"host_id" text,
	"process_id" uuid,
	"generation" integer DEFAULT 1 NOT NULL,
	"stop_requested" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	CONSTRAINT "check_runs_key" UNIQUE("run_id","pr_number","name","head_sha","base_sha")
);
--> statement-breakpoint
CREATE TABLE "pull_request_reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"repository_id" uuid NOT NULL,
	"pr_number" integer NOT NULL,
	"author" text NOT NULL,
	"state" text NOT NULL,
	"body" text NOT NULL,
	"head_sha" text NOT NULL,
	"comments" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"submitted_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_requests" (
	"repository_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"draft" boolean DEFAULT false NOT NULL,
	"head_ref" text NOT NULL,
	"head_sha" text NOT NULL,
	"base_ref" text NOT NULL,
	"base_sha" text NOT NULL,
	"merged_sha" text,
	"merging_sha" text,
	"closed_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pull_requests_repository_id_number_pk" PRIMARY KEY("repository_id","number"),
	CONSTRAINT "pull_requests_workspace_key" UNIQUE("workspace_id","repository_id","number")
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"repo_url" text NOT NULL,
	"git_platform" text NOT NULL,
	"full_name" text NOT NULL,
	"default_branch" text NOT NULL,
	"is_private" boolean DEFAULT true NOT NULL,
	"default_agent_type" text DEFAULT 'command' NOT NULL,
	"agent_command" jsonb,
	"setup_commands" text,
	"test_command" text,
	"auto_merge" boolean DEFAULT false NOT NULL,
	"merge_method" text DEFAULT 'squash' NOT NULL,
	"cautious_mode" boolean DEFAULT false NOT NULL,
	"auto_resume" boolean DEFAULT true NOT NULL,
	"max_auto_resumes" integer DEFAULT 10 NOT NULL,
	"max_concurrent_tasks" integer DEFAULT 2 NOT NULL,
	"stall_threshold_ms" integer DEFAULT 300000 NOT NULL,
	"max_attempt_ms" integer DEFAULT 7200000 NOT NULL,
	"budget_usd" numeric(20, 9),
	"next_pull_request_number" integer DEFAULT 1 NOT NULL,
	"disconnected_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "repositories_workspace_id_key" UNIQUE("workspace_id","id"),
	CONSTRAINT "repositories_url_key" UNIQUE("workspace_id","repo_url"),
	CONSTRAINT "repositories_limits" CHECK ("repositories"."max_concurrent_tasks" >= 1 and "repositories"."max_auto_resumes" >= 0 and "repositories"."max_attempt_ms" > 0)
);
--> statement-breakpoint
CREATE TABLE "run_dependencies" (
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"depends_on_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "run_dependencies_run_id_depends_on_id_pk" PRIMARY KEY("run_id","depends_on_id"),
	CONSTRAINT "run_dependencies_not_self" CHECK ("run_dependencies"."run_id" <> "run_dependencies"."depends_on_id")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"title" text NOT NULL,
	"prompt" text NOT NULL,
	"description" text,
	"repository_id" uuid,
	"repo_url" text,
	"base_ref" text,
	"branch" text,
	"agent_type" text NOT NULL,
	"model" text,
	"priority" integer DEFAULT 100 NOT NULL,
	"max_retries" integer DEFAULT 3 NOT NULL,
	"retry_count" integer DEFAULT 0 NOT NULL,
	"auto_resume_count" integer DEFAULT 0 NOT NULL,
	"budget_usd" numeric(20, 9),
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"ticket_source" text,
	"ticket_external_id" text,
	"ticket_url" text,
	"created_by" text NOT NULL,
	"intent" text,
	"next_reason" text,
	"next_purpose" text,
	"next_context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"next_resumes_session" boolean DEFAULT true NOT NULL,
	"not_before" timestamp with time zone,
	"queued_at" timestamp with time zone,
	"attention_code" text,
	"error_message" text,
	"error_category" text,
	"result_summary" text,
	"base_sha" text,
	"head_sha" text,
	"published_sha" text,
	"pr_number" integer,
	"pr_url" text,
	"observation" jsonb,
	"observation_error" text,
	"observation_failures" integer DEFAULT 0 NOT NULL,
	"explanation" jsonb,
	"next_look_at" timestamp with time zone DEFAULT now(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	CONSTRAINT "runs_workspace_id_key" UNIQUE("workspace_id","id"),
	CONSTRAINT "runs_priority" CHECK ("runs"."priority" between 0 and 1000),
	CONSTRAINT "runs_retries" CHECK ("runs"."max_retries" between 0 and 10 and "runs"."retry_count" >= 0),
	CONSTRAINT "runs_repository" CHECK ("runs"."kind" <> 'repo' or ("runs"."repository_id" is not null and "runs"."branch" is not null)),
	CONSTRAINT "runs_attention" CHECK (("runs"."state" = 'needs_attention') = ("runs"."attention_code" is not null)),
	CONSTRAINT "runs_queued_for" CHECK ("runs"."state" <> 'queued' or "runs"."next_reason" is not null)
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workspaces_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effects" ADD CONSTRAINT "effects_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_heads" ADD CONSTRAINT "log_heads_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "check_runs" ADD CONSTRAINT "check_runs_workspace_id_repository_id_pr_number_pull_requests_workspace_id_repository_id_number_fk" FOREIGN KEY ("workspace_id","repository_id","pr_number") REFERENCES "public"."pull_requests"("workspace_id","repository_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "check_runs" ADD CONSTRAINT "check_runs_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_reviews" ADD CONSTRAINT "pull_request_reviews_workspace_id_repository_id_pr_number_pull_requests_workspace_id_repository_id_number_fk" FOREIGN KEY ("workspace_id","repository_id","pr_number") REFERENCES "public"."pull_requests"("workspace_id","repository_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_dependencies" ADD CONSTRAINT "run_dependencies_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_dependencies" ADD CONSTRAINT "run_dependencies_workspace_id_depends_on_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","depends_on_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_one_live" ON "attempts" USING btree ("run_id") WHERE state in ('starting', 'running');--> statement-breakpoint
CREATE INDEX "attempts_live" ON "attempts" USING btree ("host_id","process_id") WHERE state in ('starting', 'running');--> statement-breakpoint
CREATE INDEX "environments_by_host" ON "environments" USING btree ("host_id","last_used_at");--> statement-breakpoint
CREATE INDEX "effects_of_run" ON "effects" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "effects_open" ON "effects" USING btree ("not_before") WHERE state in ('pending', 'executing');--> statement-breakpoint
CREATE INDEX "events_of_workspace" ON "events" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "events_of_run" ON "events" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "check_runs_open" ON "check_runs" USING btree ("status","host_id") WHERE status in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "check_runs_of_pull_request" ON "check_runs" USING btree ("repository_id","pr_number");--> statement-breakpoint
CREATE INDEX "pull_request_reviews_of" ON "pull_request_reviews" USING btree ("repository_id","pr_number","submitted_at");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_requests_one_open" ON "pull_requests" USING btree ("repository_id","head_ref") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "pull_requests_of_run" ON "pull_requests" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "run_dependencies_dependents" ON "run_dependencies" USING btree ("depends_on_id");--> statement-breakpoint
CREATE INDEX "runs_newest" ON "runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "runs_by_state" ON "runs" USING btree ("workspace_id","state","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "runs_by_repository" ON "runs" USING btree ("repository_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "runs_claimable" ON "runs" USING btree ("priority","queued_at","id") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "runs_to_look_at" ON "runs" USING btree ("next_look_at") WHERE state not in ('completed', 'failed', 'cancelled');--> statement-breakpoint
INSERT INTO "workspaces" ("id", "slug", "name") VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'Default');
