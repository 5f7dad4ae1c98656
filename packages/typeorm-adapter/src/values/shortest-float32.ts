/**
 * The number that a float32 becomes on its way through text: PostgreSQL sends the shortest decimal that is nearer to this float32 than
 * to any other, and node-postgres parses that as a double. 0.1 stays 0.1, where widening would give 0.10000000149011612.
 */

/** Decimals of so many digits survive the way to a normal float32 and back. */
const SURE_DIGITS = 6;
/** So many digits tell every float32 from its neighbours. */
const ENOUGH_DIGITS = 9;
const SMALLEST_NORMAL = 2 ** -126;
/** Up to here every integer is a float32, and its digits are the shortest decimal. */
const LAST_SURE_INTEGER = 2 ** 24;

const scratch = new DataView(new ArrayBuffer(4));

/** `value` must be a float32. Cost: 0.2–1 µs. */
export function shortestFloat32(value: number): number {
  if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) <= LAST_SURE_INTEGER)) return value;
  const magnitude = Math.abs(value);
  scratch.setFloat32(0, magnitude);
  const bits = scratch.getUint32(0);
  // Half way to the neighbours, exactly; PostgreSQL takes neither bound for the value.
  const below = (magnitude + float32OfBits(bits - 1)) / 2;
  const above = (magnitude + float32OfBits(bits + 1)) / 2;
  for (let digits = magnitude < SMALLEST_NORMAL ? 1 : SURE_DIGITS; digits < ENOUGH_DIGITS; digits++) {
    const nearest = magnitude.toPrecision(digits);
    if (isBetween(nearest, below, above)) {
      const even = evenTwin(nearest, digits, magnitude);
      return Math.sign(value) * Number(even !== undefined && isBetween(even, below, above) ? even : nearest);
    }
    // Above a power of two neighbours are twice as far away as below: the next decimal may fit where the nearest one does not.
    if (Number(nearest) > below) continue;
    const next = nextDecimal(nearest);
    if (isBetween(next, below, above)) return Math.sign(value) * Number(next);
  }
  return Math.sign(value) * Number(magnitude.toPrecision(ENOUGH_DIGITS));
}

/** The float32 nearest to a decimal text, as PostgreSQL reads it: not rounded twice, as by way of the nearest double. */
export function nearestFloat32(text: string): number {
  const value = Number(text);
  const rounded = Math.abs(Math.fround(value));
  const magnitude = Math.abs(value);
  if (rounded === magnitude || !Number.isFinite(rounded)) return Math.fround(value);
  scratch.setFloat32(0, rounded);
  const neighbour = float32OfBits(scratch.getUint32(0) + (rounded < magnitude ? 1 : -1));
  if ((rounded + neighbour) / 2 !== magnitude) return Math.fround(value);
  const side = compareExactly(text.replace(/[\s+-]*(?=[\d.])/, ''), magnitude);
  const nearest = side === 0 ? rounded : side < 0 ? Math.min(rounded, neighbour) : Math.max(rounded, neighbour);
  return Math.sign(value) * nearest;
}

/** Behind the largest float32 the next step of the same size counts, not infinity. */
function float32OfBits(bits: number): number {
  scratch.setUint32(0, bits);
  const value = scratch.getFloat32(0);
  return Number.isFinite(value) ? value : 2 ** 128;
}

/** Whether a decimal lies between two doubles, itself being neither: exact where a double cannot tell. */
function isBetween(decimal: string, below: number, above: number): boolean {
  const value = Number(decimal);
  if (value > below && value < above) return true;
  return (
    (value === below && compareExactly(decimal, below) > 0) || (value === above && compareExactly(decimal, above) < 0)
  );
}

/** The sign of decimal − double, where the double nearest to the decimal is this one. */
function compareExactly(decimal: string, double: number): number {
  const { digits, exponent } = decimalParts(decimal);
  let binaryExponent = 0;
  let mantissa = double;
  for (; !Number.isInteger(mantissa); mantissa *= 2) binaryExponent--;
  const left = digits * (exponent > 0 ? 10n ** BigInt(exponent) : 1n) * 2n ** BigInt(-binaryExponent);
  const right = BigInt(mantissa) * (exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
  return left < right ? -1 : Number(left > right);
}

/** Where `double` lies right between two decimals, `toPrecision` takes the larger and PostgreSQL the even one: that, if it is another. */
function evenTwin(decimal: string, digitCount: number, double: number): string | undefined {
  if (!endsIn('13579', decimal) || !endsIn('5', double.toPrecision(digitCount + 1))) return undefined;
  const { digits, exponent } = decimalParts(decimal);
  const between = `${digits * 10n - 5n}e${exponent - 1}`;
  if (Number(between) !== double || compareExactly(between, double) !== 0) return undefined;
  return `${digits - 1n}e${exponent}`;
}

/** Whether the last digit before an exponent is one of these. */
function endsIn(lastDigits: string, decimal: string): boolean {
  const exponentAt = decimal.indexOf('e');
  return lastDigits.includes(decimal[(exponentAt < 0 ? decimal.length : exponentAt) - 1]!);
}

/** One unit more in the last digit. */
function nextDecimal(decimal: string): string {
  const { digits, exponent } = decimalParts(decimal);
  return `${digits + 1n}e${exponent}`;
}

/** digits · 10^exponent of a text such as "0.0123" or "1.5e-7". */
function decimalParts(decimal: string): { digits: bigint; exponent: number } {
  const [mantissa, exponent = '0'] = decimal.split('e') as [string, string?];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
