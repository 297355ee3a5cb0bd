CREATE TABLE "pull_request_watches" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"repository_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"head_ref" text NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"asked_at" timestamp with time zone,
	"observed_at" timestamp with time zone,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"silence" text
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"event" text NOT NULL,
	"action" text,
	"workspace_id" uuid,
	"repository_id" uuid,
	"repository" text,
	"state" text NOT NULL,
	"detail" text,
	"payload" jsonb,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "issue_syncs" (
	"repository_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"since" timestamp with time zone,
	"full_since" timestamp with time zone DEFAULT now(),
	"full_at" timestamp with time zone,
	"etag" text,
	"synced_at" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"error" jsonb,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "issues" (
	"repository_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"state" text NOT NULL,
	"url" text NOT NULL,
	"labels" jsonb NOT NULL,
	"assignees" jsonb NOT NULL,
	"is_assigned" boolean GENERATED ALWAYS AS (jsonb_array_length(assignees) > 0) STORED,
	"author" text NOT NULL,
	"comment_count" integer DEFAULT 0 NOT NULL,
	"has_optio_label" boolean DEFAULT false NOT NULL,
	"label_expected" boolean DEFAULT false NOT NULL,
	"label_pending" boolean DEFAULT false NOT NULL,
	"not_assigned" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "issues_repository_id_number_pk" PRIMARY KEY("repository_id","number")
);
--> statement-breakpoint
CREATE TABLE "encryption_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"master_id" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"scope" text NOT NULL,
	"repository_id" uuid,
	"user_id" text,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"validation" jsonb,
	"last_used_at" timestamp with time zone,
	"last_used_by" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "secrets_key" UNIQUE NULLS NOT DISTINCT("workspace_id","name","scope","repository_id","user_id"),
	CONSTRAINT "secrets_name" CHECK ("secrets"."name" ~ '^[A-Z_][A-Z0-9_]*$'),
	CONSTRAINT "secrets_scope" CHECK (("secrets"."scope" = 'repository') = ("secrets"."repository_id" is not null) and ("secrets"."scope" = 'user') = ("secrets"."user_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "blueprints" ADD COLUMN "agent_secrets" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "effects" ADD COLUMN "unanswered" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "effects" ADD COLUMN "silence" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "delete_branch_on_merge" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "close_on_cancel" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "close_issue_on_merge" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "requests_from" text DEFAULT 'writers' NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "agent_secrets" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "webhook_id" bigint;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "webhook_url" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "webhook_seen_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "issue_number" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "agent_secrets" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "head_seen_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "triggers" ADD COLUMN "sealed_secret" "bytea";--> statement-breakpoint
ALTER TABLE "triggers" ADD COLUMN "secret_key_id" text;--> statement-breakpoint
ALTER TABLE "pull_request_watches" ADD CONSTRAINT "pull_request_watches_workspace_id_run_id_runs_workspace_id_id_fk" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_watches" ADD CONSTRAINT "pull_request_watches_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "issue_syncs" ADD CONSTRAINT "issue_syncs_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "issues" ADD CONSTRAINT "issues_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_key_id_encryption_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."encryption_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_workspace_id_repository_id_repositories_workspace_id_id_fk" FOREIGN KEY ("workspace_id","repository_id") REFERENCES "public"."repositories"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pull_request_watches_due" ON "pull_request_watches" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "pull_request_watches_of" ON "pull_request_watches" USING btree ("repository_id","number");--> statement-breakpoint
CREATE INDEX "pull_request_watches_branch" ON "pull_request_watches" USING btree ("repository_id","head_ref");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_newest" ON "webhook_deliveries" USING btree ("workspace_id","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_repository" ON "webhook_deliveries" USING btree ("repository_id","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "webhook_deliveries_open" ON "webhook_deliveries" USING btree ("received_at") WHERE state = 'received';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_by_age" ON "webhook_deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "issue_syncs_due" ON "issue_syncs" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "issue_syncs_of_workspace" ON "issue_syncs" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "issues_shown" ON "issues" USING btree ("workspace_id","state","is_assigned","created_at" DESC NULLS LAST,"repository_id","number");--> statement-breakpoint
CREATE INDEX "issues_of_repository_shown" ON "issues" USING btree ("repository_id","state","is_assigned","created_at" DESC NULLS LAST,"number");--> statement-breakpoint
CREATE INDEX "issues_words" ON "issues" USING gin (words_of("title", ''));--> statement-breakpoint
CREATE INDEX "issues_label_pending" ON "issues" USING btree ("repository_id") WHERE label_pending;--> statement-breakpoint
CREATE UNIQUE INDEX "encryption_keys_one_active" ON "encryption_keys" USING btree ("state") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "secrets_newest" ON "secrets" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "secrets_of_key" ON "secrets" USING btree ("key_id");--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_secret_key_id_encryption_keys_id_fk" FOREIGN KEY ("secret_key_id") REFERENCES "public"."encryption_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_of_issue" ON "runs" USING btree ("repository_id","issue_number") WHERE issue_number is not null and state not in ('completed', 'failed', 'cancelled');--> statement-breakpoint
CREATE INDEX "runs_of_issue" ON "runs" USING btree ("repository_id","issue_number","created_at" DESC NULLS LAST) WHERE issue_number is not null;--> statement-breakpoint
CREATE INDEX "triggers_of_key" ON "triggers" USING btree ("secret_key_id");--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_sealed" CHECK (("triggers"."sealed_secret" is null) = ("triggers"."secret_key_id" is null) and ("triggers"."sealed_secret" is null or "triggers"."type" = 'webhook' and "triggers"."secret" is null));