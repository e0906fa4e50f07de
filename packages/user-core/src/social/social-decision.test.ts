import { describe, expect, test } from 'vitest';
import { decideSocial, mayDisconnect, type SocialDecision, type SocialFacts } from './social-decision.ts';

const booleans = [true, false];
const emails = ['none', 'unproven', 'verified'] as const;
const owners = ['nobody', 'unverified', 'verified'] as const;

/** Every combination there is. */
const everything: SocialFacts[] = booleans.flatMap((isConnected) =>
  emails.flatMap((email) =>
    owners.flatMap((emailOwner) =>
      booleans.flatMap((mayLink) =>
        booleans.flatMap((isRegistrationOpen) =>
          booleans.flatMap((isIncomplete) =>
            booleans.map((mustProveEmail) => ({
              isConnected,
              email,
              emailOwner,
              mayLink,
              isRegistrationOpen,
              isIncomplete,
              mustProveEmail,
            })),
          ),
        ),
      ),
    ),
  ),
);

/**
 * The decision as a table: connected, address, its owner, trusted, open, incomplete, must prove. `*` stands for either. No two
 * rows fit the same case, and every case has a row: both are checked.
 */
const table: [string, SocialDecision][] = [
  ['yes *        *          * * * *', 'log_in'],
  ['no  verified verified   yes * * *', 'link'],
  ['no  verified verified   no * * *', 'ask_to_link'],
  ['no  verified unverified * * * *', 'ask_to_link'],
  ['no  verified nobody     * no * *', 'refuse_closed'],
  ['no  unproven *          * no * *', 'refuse_closed'],
  ['no  none     *          * no * *', 'refuse_closed'],
  ['no  verified nobody     * yes yes *', 'ask_for_more'],
  ['no  unproven *          * yes yes *', 'ask_for_more'],
  ['no  none     *          * yes * *', 'ask_for_more'],
  ['no  verified nobody     * yes no *', 'create_verified'],
  ['no  unproven *          * yes no yes', 'mail_proof'],
  ['no  unproven nobody     * yes no no', 'create_unverified'],
  ['no  unproven unverified * yes no no', 'refuse_taken'],
  ['no  unproven verified   * yes no no', 'refuse_taken'],
];

function rowsFor(facts: SocialFacts): SocialDecision[] {
  const words = Object.values(facts).map((fact) => (fact === true ? 'yes' : fact === false ? 'no' : fact));
  return table
    .filter(([row]) => row.split(/\s+/).every((cell, index) => cell === '*' || cell === words[index]))
    .map(([, decision]) => decision);
}

describe('what becomes of somebody who came from a provider', () => {
  test(`is decided in all ${everything.length} combinations as the table says (R-SOC-08)`, () => {
    expect(everything).toHaveLength(2 * 3 * 3 * 2 * 2 * 2 * 2);
    expect(everything.map((facts) => ({ facts, decided: [decideSocial(facts)] }))).toEqual(
      everything.map((facts) => ({ facts, decided: rowsFor(facts) })),
    );
  });

  test('an account is entered by a connected identity, or with the consent of all three (R-SOC-08)', () => {
    const entered = everything.filter((facts) => ['log_in', 'link'].includes(decideSocial(facts)));
    expect(
      entered.every((facts) => facts.isConnected || (facts.email === 'verified' && facts.emailOwner === 'verified' && facts.mayLink)),
    ).toBe(true);
    expect(entered.some((facts) => !facts.isConnected)).toBe(true);
  });

  test('an unproven address is answered alike whoever has it, where addresses must be proven (R-SOC-09)', () => {
    const unproven = everything.filter((facts) => facts.email === 'unproven' && facts.mustProveEmail);
    for (const facts of unproven) {
      const answers = owners.map((emailOwner) => decideSocial({ ...facts, emailOwner }));
      expect(new Set(answers).size).toBe(1);
    }
  });

  test('no account comes into being while sign-up is closed, without an address, or beside one that has it', () => {
    const created = everything.filter((facts) => ['create_verified', 'create_unverified', 'mail_proof'].includes(decideSocial(facts)));
    expect(created.length).toBeGreaterThan(0);
    expect(created.every((facts) => facts.isRegistrationOpen && facts.email !== 'none' && !facts.isIncomplete)).toBe(true);
    const atOnce = created.filter((facts) => decideSocial(facts) !== 'mail_proof');
    expect(atOnce.every((facts) => facts.emailOwner === 'nobody')).toBe(true);
  });
});

test.each([
  [[], false],
  [[{ kind: 'password', isUsable: false }], false],
  [[{ kind: 'password', isUsable: true }], true],
  [[{ kind: 'social', isUsable: false }], false],
  [
    [
      { kind: 'password', isUsable: false },
      { kind: 'social', isUsable: true },
    ],
    true,
  ],
] as const)('with %j left, a way in may go: %s (R-SOC-11)', (remaining, expected) => {
  expect(mayDisconnect([...remaining])).toBe(expected);
});
