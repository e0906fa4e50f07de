// Holds `procedureRefusals` to the code: what a procedure can refuse with is listed, and what is listed can happen.
import { reachableRefusals } from './refusals/reachable-refusals.mjs';

/** Given to every call, or every mutation, by what stands before the procedures: the transport, tRPC and the masking of bugs. */
const before = { all: ['invalid_input', 'internal'], mutation: ['origin_refused'] };
/** What the server itself may say before a procedure is reached: the above, too large a batch, that it is busy, and that there is nothing at a path. */
const atTheGate = [...before.all, ...before.mutation, 'batch_refused', 'overloaded', 'not_found'];

/** Answers every difference between what is listed and what the code does. */
export function refusalProblems({ procedures, listed, gate, lost }) {
  const problems = [...lost];
  for (const [reason, where] of gate) {
    if (!atTheGate.includes(reason))
      problems.push(`${where}: the server refuses with ${reason} before a procedure runs; say so in check-refusals.mjs`);
  }
  for (const { path, type, reasons } of procedures) {
    const expected = new Set([...reasons.keys(), ...before.all, ...(type === 'mutation' ? before.mutation : [])]);
    const given = listed.get(path);
    if (!given) problems.push(`${path} lists nothing; add\n    ${entryFor(path, type, expected)}`);
    for (const reason of given ? expected : []) {
      if (!given.includes(reason))
        problems.push(`${path} can refuse with ${reason} (${reasons.get(reason) ?? 'as every call can'}) and does not list it`);
    }
    for (const reason of given ?? []) {
      if (!expected.has(reason)) problems.push(`${path} lists ${reason}, which nothing it reaches refuses with`);
    }
  }
  for (const path of listed.keys()) {
    if (!procedures.some((procedure) => procedure.path === path)) problems.push(`${path} is listed and is no procedure`);
  }
  return problems;
}

/** A line to put into `procedureRefusals`. */
function entryFor(path, type, expected) {
  const common = [...before.all, 'batch_refused', 'overloaded', ...(type === 'mutation' ? before.mutation : [])];
  const own = [...expected].filter((reason) => !common.includes(reason)).map((reason) => `'${reason}'`);
  return `'${path}': [${[type === 'mutation' ? '...anyMutation' : '...anyCall', ...own].join(', ')}],`;
}

if (import.meta.filename === process.argv[1]) {
  const found = reachableRefusals();
  const problems = refusalProblems(found);
  for (const problem of problems) console.error(`✘ ${problem}`);
  console.log(`${found.procedures.length} procedures, ${problems.length} problems with what they list`);
  // A reader that finds nothing finds nothing wrong.
  process.exitCode = problems.length === 0 && found.procedures.length > 20 ? 0 : 1;
}
