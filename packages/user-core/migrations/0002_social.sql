CREATE TABLE "latchkey"."social_account" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"email" text,
	"sealed_tokens" text,
	"connected_at" timestamp (3) with time zone NOT NULL,
	"last_login_at" timestamp (3) with time zone,
	CONSTRAINT "social_account_identity_unique" UNIQUE("provider","issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "latchkey"."social_flow" (
	"state_hash" "bytea" PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"issuer" text NOT NULL,
	"intent" text NOT NULL,
	"credentials" text NOT NULL,
	"holder_hash" "bytea" NOT NULL,
	"sealed" text NOT NULL,
	"return_to" text NOT NULL,
	"session_id" uuid,
	"user_id" uuid,
	"posted_name" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "social_flow_connects" CHECK (("latchkey"."social_flow"."intent" = 'connect') = ("latchkey"."social_flow"."session_id" is not null and "latchkey"."social_flow"."user_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "latchkey"."social_registration" (
	"holder_hash" "bytea" PRIMARY KEY NOT NULL,
	"credentials" text NOT NULL,
	"arrival" jsonb NOT NULL,
	"return_to" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "latchkey"."registration" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "latchkey"."registration" ADD COLUMN "identity" jsonb;--> statement-breakpoint
ALTER TABLE "latchkey"."social_account" ADD CONSTRAINT "social_account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latchkey"."social_flow" ADD CONSTRAINT "social_flow_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "latchkey"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "social_account_user_index" ON "latchkey"."social_account" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "social_flow_user_index" ON "latchkey"."social_flow" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "social_flow_expires_index" ON "latchkey"."social_flow" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "social_registration_expires_index" ON "latchkey"."social_registration" USING btree ("expires_at");--> statement-breakpoint
ALTER TABLE "latchkey"."registration" ADD CONSTRAINT "registration_way_in" CHECK (num_nonnulls("latchkey"."registration"."password_hash", "latchkey"."registration"."identity") = 1);