import { createContext } from 'react';
import type { Problem } from '../problem.ts';

/** Lets each field of a form find what is wrong with it. */
export const ProblemContext = createContext<Problem | null>(null);
