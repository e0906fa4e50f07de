CREATE SCHEMA IF NOT EXISTS "latchkey";
--> statement-breakpoint
CREATE TABLE "latchkey"."audit" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "latchkey"."audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event" text NOT NULL,
	"result" text NOT NULL,
	"reason" text,
	"user_id" uuid,
	"session_id" uuid,
	"ip" text,
	"user_agent" text,
	"request_id" text,
	"occurred_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "latchkey"."device" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"released_at" timestamp (3) with time zone,
	"released_ip" text,
	"released_user_agent" text,
	CONSTRAINT "device_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "latchkey"."event" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "latchkey"."event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" uuid NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"claimed_until" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "latchkey"."limit" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "latchkey"."mail" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sealed" text,
	"user_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"failed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "latchkey"."one_time_token" (
	"id" uuid PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"user_id" uuid,
	"registration_id" uuid,
	"email" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "one_time_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "one_time_token_user_unique" UNIQUE("purpose","user_id"),
	CONSTRAINT "one_time_token_registration_unique" UNIQUE("purpose","registration_id"),
	CONSTRAINT "one_time_token_owner" CHECK (num_nonnulls("latchkey"."one_time_token"."user_id", "latchkey"."one_time_token"."registration_id") = 1),
	CONSTRAINT "one_time_token_purpose" CHECK ("latchkey"."one_time_token"."purpose" in ('verify_email', 'reset_password', 'change_email'))
);
--> statement-breakpoint
CREATE TABLE "latchkey"."registration" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_canonical" text NOT NULL,
	"username" text,
	"username_canonical" text,
	"first_name" text NOT NULL,
	"last_name" text NOT NULL,
	"fields" jsonb NOT NULL,
	"password_hash" text NOT NULL,
	"browser_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "latchkey"."root_secret" (
	"id" text PRIMARY KEY NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"signing" boolean NOT NULL,
	"first_used_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "latchkey"."session" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"token_hash" "bytea",
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"authenticated_at" timestamp (3) with time zone NOT NULL,
	"idle_expires_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"methods" text[] NOT NULL,
	"ip" text,
	"user_agent" text,
	"refresh_counter" integer DEFAULT 0 NOT NULL,
	"refresh_floor" integer DEFAULT 0 NOT NULL,
	"refreshed_at" timestamp (3) with time zone,
	CONSTRAINT "session_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "session_end" CHECK (("latchkey"."session"."ended_at" is null) = ("latchkey"."session"."end_reason" is null))
);
--> statement-breakpoint
CREATE TABLE "latchkey"."signing_key" (
	"id" text PRIMARY KEY NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"sealed_private_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"signs_from_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "latchkey"."user" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_canonical" text NOT NULL,
	"email_verified_at" timestamp (3) with time zone,
	"username" text,
	"username_canonical" text,
	"first_name" text DEFAULT '' NOT NULL,
	"last_name" text DEFAULT '' NOT NULL,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"password_hash" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_login_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "user_email_canonical_unique" UNIQUE("email_canonical"),
	CONSTRAINT "user_username_canonical_unique" UNIQUE("username_canonical"),
	CONSTRAINT "user_email_length" CHECK (length("latchkey"."user"."email_canonical") between 3 and 254),
	CONSTRAINT "user_username_both" CHECK (("latchkey"."user"."username" is null) = ("latchkey"."user"."username_canonical" is null))
);
--> statement-breakpoint
ALTER TABLE "latchkey"."device" ADD CONSTRAINT "device_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latchkey"."mail" ADD CONSTRAINT "mail_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latchkey"."one_time_token" ADD CONSTRAINT "one_time_token_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latchkey"."one_time_token" ADD CONSTRAINT "one_time_token_registration_id_registration_id_fk" FOREIGN KEY ("registration_id") REFERENCES "latchkey"."registration"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latchkey"."session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_user_index" ON "latchkey"."audit" USING btree ("user_id","occurred_at");--> statement-breakpoint
CREATE INDEX "audit_occurred_index" ON "latchkey"."audit" USING btree ("occurred_at");--> statement-breakpoint
CREATE INDEX "device_user_index" ON "latchkey"."device" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "device_expires_index" ON "latchkey"."device" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "event_undelivered_index" ON "latchkey"."event" USING btree ("id") WHERE "latchkey"."event"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "event_undelivered_user_index" ON "latchkey"."event" USING btree ("user_id","id") WHERE "latchkey"."event"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "event_delivered_index" ON "latchkey"."event" USING btree ("delivered_at");--> statement-breakpoint
CREATE INDEX "mail_created_index" ON "latchkey"."mail" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "mail_sent_index" ON "latchkey"."mail" USING btree ("sent_at");--> statement-breakpoint
CREATE INDEX "mail_due_index" ON "latchkey"."mail" USING btree ("next_attempt_at") WHERE "latchkey"."mail"."sent_at" is null and "latchkey"."mail"."failed_at" is null;--> statement-breakpoint
CREATE INDEX "one_time_token_expires_index" ON "latchkey"."one_time_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "registration_email_index" ON "latchkey"."registration" USING btree ("email_canonical","created_at");--> statement-breakpoint
CREATE INDEX "registration_username_index" ON "latchkey"."registration" USING btree ("username_canonical");--> statement-breakpoint
CREATE INDEX "registration_expires_index" ON "latchkey"."registration" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "session_user_index" ON "latchkey"."session" USING btree ("user_id","last_seen_at");--> statement-breakpoint
CREATE INDEX "session_expires_index" ON "latchkey"."session" USING btree ("expires_at");--> statement-breakpoint
CREATE FUNCTION "latchkey"."keep_audit"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('latchkey.purging', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'latchkey.audit is append-only';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE ON "latchkey"."audit" FOR EACH ROW EXECUTE FUNCTION "latchkey"."keep_audit"();
--> statement-breakpoint
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "latchkey"."audit" FOR EACH STATEMENT EXECUTE FUNCTION "latchkey"."keep_audit"();
