/**
 * The folder of a test server and the user who runs it. PostgreSQL refuses to run as root; as root it runs as another user,
 * who must be able to enter the folder and to read the programs, wherever the clone lies. No system user is created.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresServerError } from './protocol';

/** Makes an empty folder, readable by its owner alone except that, as root, others may pass through it. */
export function createServerFolder(): string {
  const candidates = [tmpdir(), '/tmp', '/var/tmp'];
  const base = candidates.find((folder) => isWritable(folder) && (!isRoot() || everyoneMayEnter(folder)));
  if (base === undefined) {
    const need = isRoot() ? 'writable and open (mode o+x, with all folders above it)' : 'writable';
    const message = `None of ${candidates.join(', ')} is ${need}. Set TMPDIR to a folder that is, or DATABASE_URL to a server.`;
    throw new PostgresServerError('POSTGRES_FOLDER_MISSING', message);
  }
  const folder = mkdtempSync(path.join(base, 'permafrost-postgres-'));
  if (isRoot()) chmodSync(folder, 0o711);
  return folder;
}

export interface ServerUser {
  uid: number;
  gid: number;
}

/** Whom the server must run as, or undefined where it can run as us. */
export function serverUser(): ServerUser | undefined {
  if (!isRoot()) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const number = (option: string) =>
        Number(execFileSync('id', [option, name], { stdio: 'pipe', encoding: 'utf8' }));
      return { uid: number('-u'), gid: number('-g') };
    } catch {
      // No such user: the next one.
    }
  }
  const message =
    'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody". Make one, or set DATABASE_URL.';
  throw new PostgresServerError('POSTGRES_USER_MISSING', message);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** Whether any user can read a file, judged by the modes on the way to it. */
export function everyoneMayRead(file: string): boolean {
  return (statSync(file).mode & 0o004) !== 0 && everyoneMayEnter(path.dirname(file));
}

function everyoneMayEnter(folder: string): boolean {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if ((statSync(current).mode & 0o001) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}
