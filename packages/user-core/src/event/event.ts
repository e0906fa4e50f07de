/** What applications can hear of, and what they are told. `userId` and the time come with every event. */
export type EventData = {
  'user.registered': { email: string };
  'user.email_verified': { email: string };
  'user.email_changed': { email: string; previousEmail: string };
  'user.logged_in': { sessionId: string; methods: string[] };
  'user.password_changed': Record<string, never>;
  'user.deleted': { email: string };
  'session.revoked': { sessionId: string; reason: string };
  'social.connected': { provider: string };
  'social.disconnected': { provider: string };
  'refresh.reused': { sessionId: string };
};

/** The name of an event. */
export type EventType = keyof EventData;

/** One event. `id` grows; the same event may come twice and then has the same `id`. */
export type UserEvent = {
  [T in EventType]: { id: number; type: T; userId: string; occurredAt: Date; data: EventData[T] };
}[EventType];

/** Called after the commit, at least once for each event, in order for each user. Throwing asks for another attempt. */
export type EventSubscriber = (event: UserEvent) => Promise<void>;
