/** What the suites of the command share: running the real bin in a child process, folders that go, and real snapshots to look at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGeneration, defineSchema, type SnapshotWriter } from '@permafrost/core';

export const bin = path.resolve(__dirname, '../bin/permafrost.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** pnpm's shims set NODE_PATH, through which a project would find packages that it does not have. */
const cleared = { NODE_OPTIONS: '', NODE_PATH: '' };

export function start(args: readonly string[], options: { bin?: string } = {}): Running {
  const child = spawn(process.execPath, [options.bin ?? bin, ...args], {
    env: { ...process.env, ...cleared },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

export function permafrost(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

/** A fresh folder for each test, removed after it. */
export function withFolder(): { readonly path: string } {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'permafrost-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get path() {
      return folder;
    },
  };
}

export const companySchema = defineSchema([
  {
    name: 'Company',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'name', type: 'text' },
    ],
    relations: [{ name: 'customers', kind: 'to-many', target: 'Customer', inverse: 'company' }],
  },
  {
    name: 'Customer',
    key: ['email'],
    fields: [
      { name: 'email', type: 'text' },
      { name: 'country', type: 'text', nullable: true },
      { name: 'tags', type: 'text', array: true, nullable: true },
    ],
    relations: [{ name: 'company', kind: 'to-one', target: 'Company' }],
    indexes: [{ fields: ['country'] }],
  },
]);

/** Two companies and so many customers, whose country is one of two. */
export function addCompanies(writer: SnapshotWriter, customerCount: number): void {
  for (const id of [1, 2]) writer.add('Company', { id, name: `Company ${id}` });
  for (let number = 0; number < customerCount; number++) {
    const country = number % 2 === 0 ? 'Norge' : 'Ísland';
    writer.add('Customer', { email: `customer-${number}@example.org`, country, tags: null, company: (number % 2) + 1 });
  }
}

/** Publishes the next generation of `directory` and gives its path. */
export async function publishCompanies(directory: string, customerCount: number): Promise<string> {
  const generation = createGeneration({ directory, schema: companySchema, notes: { from: 'a test' } });
  addCompanies(generation.writer, customerCount);
  return (await generation.publish()).path;
}
