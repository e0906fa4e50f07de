import { z } from 'zod';
import { secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { tidyName } from './identify.ts';
import { updateFlowPostedName } from './social-flow.store.ts';

const maxLength = 2000;
const user = z.object({ name: z.object({ firstName: z.string().default(''), lastName: z.string().default('') }) });

/**
 * Keeps the name that Apple posts beside the code, once and at the first login only, with the flow that it belongs to. It
 * comes by way of the browser and is signed by nobody: a name to suggest, never an address. What cannot be read is left.
 */
export async function notePostedName(core: UserCore, input: { provider: string; state: string; user: string }): Promise<void> {
  const stateHash = secretTokenHash('social_state', input.state);
  const read = user.safeParse(parsed(input.user));
  if (!stateHash || !read.success) return;
  const { firstName, lastName } = read.data.name;
  const name = { firstName: tidyName(firstName), lastName: tidyName(lastName) };
  await updateFlowPostedName(core.db, input.provider, stateHash, name, core.host.clock.now());
}

function parsed(text: string): unknown {
  try {
    return text.length <= maxLength ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
