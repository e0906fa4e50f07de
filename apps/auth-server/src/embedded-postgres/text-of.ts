import { readFileSync } from 'node:fs';

/** The trimmed content of a file, or nothing when there is no such file: the server removes its own at any moment. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
