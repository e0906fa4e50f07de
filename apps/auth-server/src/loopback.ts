/** True for the names and addresses of this machine, as they stand in a URL or a Host header without its port. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
