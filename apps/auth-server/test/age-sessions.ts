import postgres from 'postgres';

/** Makes the last proof of every session older, as the time would. */
export async function ageSessions(databaseUrl: string, minutes: number): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await sql`update latchkey.session set authenticated_at = authenticated_at - make_interval(mins => ${minutes})`;
  await sql.end();
}
