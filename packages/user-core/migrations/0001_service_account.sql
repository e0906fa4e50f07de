CREATE TABLE "latchkey"."service_account" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "service_account_name_unique" UNIQUE("name"),
	CONSTRAINT "service_account_name" CHECK ("latchkey"."service_account"."name" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	CONSTRAINT "service_account_scopes" CHECK ("latchkey"."service_account"."scopes" <@ array['users:read', 'sessions:revoke']::text[])
);
--> statement-breakpoint
CREATE TABLE "latchkey"."service_key" (
	"id" uuid PRIMARY KEY NOT NULL,
	"service_account_id" uuid NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "service_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
ALTER TABLE "latchkey"."audit" ADD COLUMN "service_account_id" uuid;--> statement-breakpoint
ALTER TABLE "latchkey"."service_key" ADD CONSTRAINT "service_key_service_account_id_service_account_id_fk" FOREIGN KEY ("service_account_id") REFERENCES "latchkey"."service_account"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "service_key_account_index" ON "latchkey"."service_key" USING btree ("service_account_id");