/** Which locales of the C library the test server knows. */
import { execFileSync } from 'node:child_process';

/** Of a server that is given the machine may be another. */
export const isOwnServer = !process.env['DATABASE_URL'];

/** Whether the test server, where it is our own, has a locale in UTF-8: "en_US". It takes those that the machine had when it was started. */
export function hasLocale(name: string): boolean {
  if (!isOwnServer) return false;
  try {
    const installed = execFileSync('locale', ['-a'], { encoding: 'utf8' });
    return new RegExp(`^${name}\\.utf-?8$`, 'im').test(installed);
  } catch {
    return false;
  }
}

/** Why a suite that needs a locale is skipped. */
export function localeAbsent(name: string): string {
  return `the C library of the server has no ${name}.utf8, or is not ours`;
}
