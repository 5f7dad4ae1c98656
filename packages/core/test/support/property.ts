/**
 * Properties with one seed a run: SEED when it is set, else of the clock. The seed is printed once a file, and fast-check
 * prints it with every failure; `SEED=… npx jest <file>` then runs the same cases again.
 */
import fc from 'fast-check';

export const seed =
  process.env['SEED'] === undefined ? (Date.now() ^ (process.pid << 12)) | 0 : Number(process.env['SEED']);

/** Shrinking ends then; a property that has held so long has held. */
const MOST_MS = 20_000;

let printed = false;

/** Fails when the property does not hold for one of `runCount` random cases. Give back what this returns from the test. */
export function holds<Case>(property: fc.IProperty<Case> | fc.IAsyncProperty<Case>, runCount = 100): Promise<void> {
  if (!printed) {
    printed = true;
    process.stderr.write(`fast-check: SEED=${seed} (${expect.getState().testPath?.split('/test/').pop() ?? ''})\n`);
  }
  return Promise.resolve(
    fc.assert(property as fc.IAsyncProperty<Case>, { seed, numRuns: runCount, interruptAfterTimeLimit: MOST_MS }),
  );
}

/** Any JavaScript string: ASCII, other planes, lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '\0', '\ud83d', '\ude00', '😀', 'é', 'ß', '\u{10ffff}', '\uffff', '__proto__', 'null'),
);

/** Any bytes, as a Buffer of their own. */
export const anyBytes = (maxSize = 40): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: maxSize }).map((bytes) => Buffer.from(bytes));

/** Signed 64-bit integers, with the borders of safe integers and of halves among them. */
export const anyInt64: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(
    0n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 32n - 1n,
    -(2n ** 32n),
    2n ** 53n,
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ),
);

/** The error that `run` throws; fails when it throws none. */
export function thrownBy(run: () => unknown): {
  name: string;
  code?: string;
  message: string;
  details: Record<string, unknown>;
} {
  try {
    run();
  } catch (error) {
    return error as never;
  }
  throw new Error('Expected an error, but nothing was thrown.');
}

/** The same for promises. */
export async function rejectionOf(
  promise: Promise<unknown>,
): Promise<{ name: string; code?: string; message: string; details: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    return error as never;
  }
  throw new Error('Expected a rejection, but the promise was fulfilled.');
}

/** Runs something on damaged input: gives its result, or undefined for a coded error. Any other error is thrown on. */
export function answerOrCode<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if ((error as { code?: string }).code === 'FILE_CORRUPT') return undefined;
    throw error;
  }
}
