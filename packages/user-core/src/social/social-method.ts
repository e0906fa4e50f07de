/** The name under which a session remembers by which provider it was opened; beside the names of RFC 8176, which has none for it. */
export function socialMethod(provider: string): string {
  return `social:${provider}`;
}
