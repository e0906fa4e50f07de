import { createContext } from 'react';
import type { Problem } from '../problem.ts';

/** Lets each field of a form find out whether it is part of the problem, and the element that describes it. */
export const ProblemContext = createContext<{ id: string; problem: Problem | null }>({ id: '', problem: null });
