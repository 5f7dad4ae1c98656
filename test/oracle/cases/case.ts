/** Cases written by hand, by section and row of docs/COMPATIBILITY.md. Each is run on the database and on snapshots. */
import type { TreeRepository } from 'typeorm';
import type { Described } from '../described';

export type AnyRepository = TreeRepository<any>;

/** What is done with a repository; what it gives is compared, lists as multisets. */
export interface Check {
  readonly entity: string;
  readonly check: (repository: AnyRepository) => unknown;
  /** The error's code where a snapshot refuses instead. */
  readonly refused?: string;
  /** Not on proxies, with the reason. */
  readonly entitiesOnly?: string;
}

/** A read, as the generator makes them. */
export interface Read {
  readonly entity: string;
  readonly method: string;
  readonly args: readonly Described[];
  readonly refused?: string;
  /** It is right that nothing is found. */
  readonly isEmpty?: true;
}

export type Case = Check | Read;
export type Section = Readonly<Record<string, readonly Case[]>>;

export const read = (entity: string, method: string, ...args: Described[]): Read => ({ entity, method, args });
export const empty = (entity: string, method: string, ...args: Described[]): Read => ({
  entity,
  method,
  args,
  isEmpty: true,
});
export const find = (entity: string, options: Described): Read => read(entity, 'find', options);
export const refused = (code: string, one: Case): Case => ({ ...one, refused: code });
export const check = (entity: string, run: Check['check']): Check => ({ entity, check: run });

/** An operator as arguments are described. */
export const op = (name: string, ...args: Described[]): Described => ({ $: name, args });
