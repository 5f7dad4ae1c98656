/**
 * Suites that need something a machine may lack: a compiled package, a data set. Where it is absent they are skipped by name and with
 * the reason, which Jest's last lines repeat; where it is required (CI) the same absence is a failed test. Never a silent pass.
 */
export type Requirement = 'REQUIRE_NATIVE' | 'REQUIRE_DATA' | 'REQUIRE_MARIADB';

/**
 * `describe(name, fn)` if the condition holds. Otherwise `fn` is not called: it may use what is absent.
 * @param requiredBy the variable that turns the skip into a failure when it is "1"; without it, either does.
 */
export function describeOrSkip(
  condition: boolean,
  reason: string,
  name: string,
  fn: () => void,
  requiredBy?: Requirement,
): void {
  if (condition) {
    describe(name, fn);
    return;
  }
  const requirements: Requirement[] = requiredBy ? [requiredBy] : ['REQUIRE_NATIVE', 'REQUIRE_DATA'];
  const required = requirements.find((variable) => process.env[variable] === '1');
  if (required) {
    describe(name, () => {
      test(`must run, as ${required}=1`, () => {
        throw new Error(
          `${name} cannot run: ${reason}. Provide what is missing, or unset ${required} to skip the suite.`,
        );
      });
    });
    return;
  }
  // scripts/skips-reporter.cjs takes name and reason from this title.
  describe.skip(`${name} — ${reason}`, () => {
    test('skipped', () => {});
  });
}
