import { Refusal } from '@latchkey/user-core';
import type { TRPCError } from '@trpc/server';
import { readCookies } from './auth-cookies.ts';
import { refusalAnswer } from './error-shape.ts';
import { type HttpHeaders, headerOf, isSecure } from './http-context.ts';

/** Where writes may come from: the pages of `publicUrl`, and those of other origins that were named. */
export type WriteRules = { publicUrl: string; allowedOrigins?: readonly string[] };

/**
 * What stands in front of every mount of the router, before a body is read: the answer to a write that is not JSON (a form
 * of another site can send anything else, and tRPC would take it; R-TRN-02), and to one that comes from elsewhere (R-TRN-03).
 * Null when the request may go on.
 */
export function refuseWrite(
  request: { method: string; headers: HttpHeaders; requestId: string },
  rules: WriteRules,
): { status: number; body: { error: unknown } } | null {
  const { method, headers, requestId } = request;
  const refuse = (reason: 'invalid_input' | 'origin_refused', code?: TRPCError['code']) =>
    refusalAnswer(new Refusal(reason), requestId, code ? { code } : {});
  if (method === 'GET') return null;
  if (method !== 'POST') return refuse('invalid_input', 'METHOD_NOT_SUPPORTED');
  if (!isJson(headers)) return refuse('invalid_input', 'UNSUPPORTED_MEDIA_TYPE');
  return isOriginAllowed(headers, rules) ? null : refuse('origin_refused');
}

/** Whether a request says that its body is JSON: a form of another site cannot, without being asked first. */
export function isJson(headers: HttpHeaders): boolean {
  return /^application\/json\s*(;|$)/i.test(headerOf(headers, 'content-type') ?? '');
}

/**
 * Whether a write may come from where it says it comes from. With a cookie of ours it has to say; without one it may be
 * silent (a program, not a page), but what it says must be right all the same: that also covers login and registration.
 */
export function isOriginAllowed(headers: HttpHeaders, { publicUrl, allowedOrigins = [] }: WriteRules): boolean {
  const site = headerOf(headers, 'sec-fetch-site');
  const origin = headerOf(headers, 'origin');
  const cookies = readCookies(headerOf(headers, 'cookie'), isSecure(publicUrl));
  if (site === undefined && origin === undefined) return Object.values(cookies).flat().length === 0;
  if (origin !== undefined && allowedOrigins.includes(origin)) return true;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin === new URL(publicUrl).origin;
}
