CREATE TABLE "blueprints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"title" text,
	"prompt" text NOT NULL,
	"description" text,
	"repository_id" uuid,
	"base_ref" text,
	"agent_type" text,
	"agent_command" jsonb,
	"model" text,
	"priority" integer DEFAULT 100 NOT NULL,
	"max_retries" integer NOT NULL,
	"max_turns" integer,
	"budget_usd" numeric(20, 9),
	"max_concurrent" integer,
	"params_schema" json,
	"environment_spec" jsonb,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_by" text NOT NULL,
	"words" "tsvector" GENERATED ALWAYS AS (words_of(name || ' ' || coalesce(title, ''), prompt)) STORED,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blueprints_workspace_id_key" UNIQUE("workspace_id","id"),
	CONSTRAINT "blueprints_repository" CHECK (("blueprints"."kind" = 'repo') = ("blueprints"."repository_id" is not null)),
	CONSTRAINT "blueprints_standalone" CHECK ("blueprints"."kind" <> 'standalone' or ("blueprints"."agent_type" is not null and "blueprints"."max_concurrent" is not null)),
	CONSTRAINT "blueprints_limits" CHECK ("blueprints"."priority" between 0 and 1000 and "blueprints"."max_retries" between 0 and 10 and "blueprints"."max_concurrent" >= 1 and "blueprints"."max_turns" >= 1)
);
--> statement-breakpoint
CREATE TABLE "task_comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"author" text NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"attempt_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"author" text NOT NULL,
	"content" text NOT NULL,
	"mode" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp with time zone,
	CONSTRAINT "task_messages_delivered" CHECK (("task_messages"."state" = 'delivered') = ("task_messages"."delivered_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"workspace_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"key" text NOT NULL,
	"route" text NOT NULL,
	"body_hash" text NOT NULL,
	"resource_id" uuid NOT NULL,
	"leased_until" timestamp with time zone NOT NULL,
	"status" integer,
	"answer" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_workspace_id_user_id_key_pk" PRIMARY KEY("workspace_id","user_id","key"),
	CONSTRAINT "idempotency_keys_answer" CHECK (("idempotency_keys"."status" is null) = ("idempotency_keys"."answer" is null))
);
--> statement-breakpoint
CREATE TABLE "prompt_templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"template" text NOT NULL,
	"description" text,
	"params_schema" json,
	"repository_id" uuid,
	"is_default" boolean DEFAULT false NOT NULL,
	"default_agent_type" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"title" text,
	"prompt" text NOT NULL,
	"repository_id" uuid,
	"agent_type" text,
	"priority" integer,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trigger_firings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"trigger_id" uuid NOT NULL,
	"key" text NOT NULL,
	"due_at" timestamp with time zone,
	"state" text NOT NULL,
	"code" text,
	"reason" text,
	"run_id" uuid,
	"params" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	CONSTRAINT "trigger_firings_started" CHECK (("trigger_firings"."state" = 'started') = ("trigger_firings"."run_id" is not null)),
	CONSTRAINT "trigger_firings_settled" CHECK (("trigger_firings"."state" = 'waiting') = ("trigger_firings"."settled_at" is null))
);
--> statement-breakpoint
CREATE TABLE "triggers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"type" text NOT NULL,
	"config" jsonb NOT NULL,
	"param_mapping" jsonb,
	"enabled" boolean DEFAULT true NOT NULL,
	"path" text,
	"secret" text,
	"next_fire_at" timestamp with time zone,
	"last_fired_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "triggers_workspace_id_key" UNIQUE("workspace_id","id"),
	CONSTRAINT "triggers_path_key" UNIQUE("path"),
	CONSTRAINT "triggers_webhook" CHECK (("triggers"."type" = 'webhook') = ("triggers"."path" is not null)),
	CONSTRAINT "triggers_secret" CHECK ("triggers"."secret" is null or "triggers"."type" = 'webhook')
);
--> statement-breakpoint
ALTER TABLE "repositories" DROP CONSTRAINT "repositories_turns";--> statement-breakpoint
ALTER TABLE "run_dependencies" DROP CONSTRAINT "run_dependencies_workspace_id_depends_on_id_runs_workspace_id_id_fk";
--> statement-breakpoint
DROP INDEX "runs_newest";--> statement-breakpoint
DROP INDEX "runs_queued_of";--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "takes_messages" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "input_closed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "setup_completed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "retention" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "log_heads" ADD COLUMN "first_seq" bigint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "log_heads" ADD COLUMN "pruned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "prompt_template_override" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "review_enabled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "review_trigger" text DEFAULT 'manual' NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "review_agent_type" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "review_model" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "review_prompt_template" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "max_turns_review" integer;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "max_review_rounds" integer DEFAULT 3 NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "on_dependency_failure" text DEFAULT 'fail' NOT NULL;--> statement-breakpoint
ALTER TABLE "run_dependencies" ADD COLUMN "deleted_title" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "blueprint_id" uuid;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "trigger_id" uuid;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "params" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "group_id" uuid GENERATED ALWAYS AS (coalesce(repository_id, blueprint_id)) STORED;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "agent_command" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "max_turns" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "environment_spec" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parent_run_id" uuid;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "task_type" text DEFAULT 'coding' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "subtask_order" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "blocks_parent" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "held" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "review_head_sha" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "review_base_sha" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "verdict" jsonb;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "events_pruned_to" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "blueprints" ADD CONSTRAINT "blueprints_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blueprints" ADD CONSTRAINT "blueprints_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_comments" ADD CONSTRAINT "task_comments_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_messages" ADD CONSTRAINT "task_messages_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompt_templates" ADD CONSTRAINT "prompt_templates_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompt_templates" ADD CONSTRAINT "prompt_templates_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_templates" ADD CONSTRAINT "task_templates_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_templates" ADD CONSTRAINT "task_templates_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firings" ADD CONSTRAINT "trigger_firings_workspace_id_trigger_id_triggers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","trigger_id") REFERENCES "public"."triggers"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_workspace_id_blueprint_id_blueprints_workspace_id_id_fk" FOREIGN KEY ("workspace_id","blueprint_id") REFERENCES "public"."blueprints"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "blueprints_newest" ON "blueprints" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "blueprints_newest_of_kind" ON "blueprints" USING btree ("workspace_id","kind","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "blueprints_of_repository" ON "blueprints" USING btree ("repository_id");--> statement-breakpoint
CREATE INDEX "blueprints_by_word" ON "blueprints" USING gin ("words");--> statement-breakpoint
CREATE INDEX "task_comments_of_run" ON "task_comments" USING btree ("run_id","created_at","id");--> statement-breakpoint
CREATE INDEX "task_messages_of_run" ON "task_messages" USING btree ("run_id","created_at","id");--> statement-breakpoint
CREATE INDEX "task_messages_pending" ON "task_messages" USING btree ("attempt_id","number") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "prompt_templates_newest" ON "prompt_templates" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "prompt_templates_default_of_repository" ON "prompt_templates" USING btree ("repository_id","kind") WHERE is_default and repository_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "prompt_templates_default" ON "prompt_templates" USING btree ("workspace_id","kind") WHERE is_default and repository_id is null;--> statement-breakpoint
CREATE INDEX "task_templates_newest" ON "task_templates" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "trigger_firings_key" ON "trigger_firings" USING btree ("trigger_id","key");--> statement-breakpoint
CREATE INDEX "trigger_firings_newest" ON "trigger_firings" USING btree ("trigger_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "trigger_firings_waiting" ON "trigger_firings" USING btree ("trigger_id","created_at","id") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "trigger_firings_by_age" ON "trigger_firings" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "triggers_of_blueprint" ON "triggers" USING btree ("blueprint_id","created_at","id");--> statement-breakpoint
CREATE INDEX "triggers_due" ON "triggers" USING btree ("next_fire_at") WHERE next_fire_at is not null;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_workspace_id_blueprint_id_blueprints_workspace_id_id_fk" FOREIGN KEY ("workspace_id","blueprint_id") REFERENCES "public"."blueprints"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_workspace_id_parent_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","parent_run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_of_people" ON "events" USING btree ("workspace_id","id") WHERE actor <> 'optio';--> statement-breakpoint
CREATE INDEX "events_by_age" ON "events" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "runs_of_blueprint" ON "runs" USING btree ("blueprint_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE blueprint_id is not null;--> statement-breakpoint
CREATE INDEX "runs_of_parent" ON "runs" USING btree ("parent_run_id","created_at","id") WHERE parent_run_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_review" ON "runs" USING btree ("parent_run_id","review_head_sha") WHERE kind = 'review' and state not in ('completed', 'failed', 'cancelled');--> statement-breakpoint
CREATE INDEX "runs_unfinished_of_trigger" ON "runs" USING btree ("trigger_id") WHERE trigger_id is not null and state not in ('completed', 'failed', 'cancelled');--> statement-breakpoint
CREATE INDEX "runs_newest" ON "runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE kind = 'repo';--> statement-breakpoint
CREATE INDEX "runs_queued_of" ON "runs" USING btree ("group_id") WHERE state = 'queued';--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_review_rounds" CHECK ("repositories"."max_review_rounds" between 1 and 100);--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_turns" CHECK ("repositories"."max_turns_coding" between 1 and 10000 and "repositories"."max_turns_review" between 1 and 10000);--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_standalone" CHECK ("runs"."kind" <> 'standalone' or ("runs"."blueprint_id" is not null and "runs"."repository_id" is null));--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_review" CHECK ("runs"."kind" <> 'review' or ("runs"."repository_id" is not null and "runs"."parent_run_id" is not null and "runs"."review_head_sha" is not null and "runs"."review_base_sha" is not null));--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_parent" CHECK ("runs"."parent_run_id" is null or "runs"."task_type" <> 'coding');--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_not_own_parent" CHECK ("runs"."parent_run_id" <> "runs"."id");--> statement-breakpoint
-- Whoever waited for a run that is deleted is judged as if it had been cancelled; that needs its title, and its row to stay.
CREATE FUNCTION "keep_deleted_dependency"() RETURNS trigger LANGUAGE plpgsql AS $body$
begin
  update run_dependencies set deleted_title = old.title where depends_on_id = old.id;
  return old;
end
$body$;--> statement-breakpoint
CREATE TRIGGER "runs_keep_deleted_dependency" BEFORE DELETE ON "runs" FOR EACH ROW EXECUTE FUNCTION "keep_deleted_dependency"();
