/** One read: which entity, which method, which arguments. It is run on a repository, TypeORM's or ours, and leaves an outcome to compare. */
import { isPermafrostError } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import { type CanonicalOptions, canonical } from './canonical';
import { type Described, isMade, printed, revive } from './described';

export interface Query {
  /** Name of the entity, as its metadata has it. */
  readonly entity: string;
  readonly method: string;
  readonly args: readonly Described[];
}

export type Outcome =
  | { readonly kind: 'answered'; readonly text: string; readonly value: any; readonly rows: number }
  /** Class and message are what callers see of an error. */
  | { readonly kind: 'failed'; readonly text: string }
  /** One of our coded errors: no answer, and it says so. */
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

/** `@Snapshot({ exclude })` keeps columns out of snapshots: they do not count. */
export type IsLeftOut = NonNullable<CanonicalOptions['isLeftOut']>;

export interface RunOptions extends Pick<CanonicalOptions, 'isLeftOut' | 'isShownOnly'> {
  /** From what is answered to what is compared. */
  readonly read?: (answer: unknown) => unknown;
}

export async function runQuery(
  repository: Repository<ObjectLiteral>,
  query: Query,
  { read = (answer) => answer, ...counted }: RunOptions = {},
): Promise<Outcome> {
  try {
    const value = read(await (repository as any)[query.method](...query.args.map(revive)));
    const text = answerText(repository.metadata, query, value, counted);
    return { kind: 'answered', value, rows: rowsOf(query, value), text };
  } catch (error) {
    if (isPermafrostError(error)) return { kind: 'refused', code: error.code, text: error.message };
    if (error instanceof Error) return { kind: 'failed', text: `${error.constructor.name}: ${error.message}` };
    return { kind: 'failed', text: `thrown: ${String(error)}` };
  }
}

/** The text by which two answers to the query are equal. */
export function answerText(
  metadata: EntityMetadata,
  query: Query,
  value: unknown,
  counted: Pick<CanonicalOptions, 'isLeftOut' | 'isShownOnly'> = {},
): string {
  const options = { ...canonicalOptions(metadata, query), ...counted };
  if (/^findAndCount/.test(query.method) && Array.isArray(value))
    return `${canonical(value[1])} of ${canonical(value[0], options)}`;
  // Which of 0 and -0, equal as they are, comes first is up to the database.
  if (/^(minimum|maximum)$/.test(query.method) && value === 0) return canonical(0);
  return canonical(value, options);
}

export function printQuery(query: Query): string {
  return `${query.entity}.${query.method}(${query.args.map(printed).join(', ')})`;
}

/** A list is ordered if the query's order ends at its entity's whole key, and unordered otherwise. */
function canonicalOptions(metadata: EntityMetadata, query: Query): CanonicalOptions {
  if (/^(sum|average)$/.test(query.method)) return { significantDigits: digitsOfSum(metadata, String(query.args[0])) };
  const { order, loadRelationIds } = (query.args[0] ?? {}) as any;
  const ordered = new Map<string, boolean>();
  return {
    isOrdered: (path) => {
      let known = ordered.get(path);
      if (known === undefined) {
        // TypeORM asks for ids by queries of their own, without the order.
        const asked = loadRelationIds && path !== '' ? undefined : order;
        known = isListOfRecords(metadata, path) ? ordersByKey(metadata, path, asked) : true;
        ordered.set(path, known);
      }
      return known;
    },
  };
}

/** A sum of single-precision floats is rounded at each step, in an order that nobody knows. */
function digitsOfSum(metadata: EntityMetadata, property: string): number {
  const column = metadata.findColumnWithPropertyPathStrict(property);
  return column && metadata.dataSource.driver.normalizeType(column) === 'real' ? 5 : 12;
}

function isListOfRecords(metadata: EntityMetadata, path: string): boolean {
  return path === '' || targetAt(metadata, path) !== undefined || isRelationId(metadata, path);
}

function ordersByKey(metadata: EntityMetadata, path: string, order: any): boolean {
  const target = path === '' ? metadata : targetAt(metadata, path);
  const at = path === '' ? order : path.split('.').reduce((inner, name) => inner?.[name], order);
  if (!target || !at || typeof at !== 'object' || target.primaryColumns.length === 0) return false;
  return target.primaryColumns.every((column) =>
    column.propertyPath.split('.').reduce((inner, name) => inner?.[name], at),
  );
}

/** The entity that a path of relations leads to; embedded values have paths of their own. */
export function targetAt(metadata: EntityMetadata, path: string): EntityMetadata | undefined {
  const names = path.split('.');
  for (let used = 1; used <= names.length; used++) {
    const head = names.slice(0, used).join('.');
    const relation = [metadata, ...metadata.childEntityMetadatas]
      .map((one) => one.findRelationWithPropertyPath(head))
      .find(Boolean);
    if (!relation) continue;
    const target = relation.inverseEntityMetadata;
    return used === names.length ? target : targetAt(target, names.slice(used).join('.'));
  }
  return undefined;
}

function isRelationId(metadata: EntityMetadata, path: string): boolean {
  const cut = path.lastIndexOf('.');
  const owner = cut < 0 ? metadata : targetAt(metadata, path.slice(0, cut));
  return owner?.relationIds.some((id) => id.propertyName === path.slice(cut + 1)) ?? false;
}

/**
 * Whether the database has but one answer: of a part of the rows it has one only if the order is total, or the key is given. Queries that are
 * not are not compared.
 */
export function isDetermined(metadata: EntityMetadata, { method, args }: Query): boolean {
  const isBy = /By(OrFail)?$/.test(method);
  const options = (isBy ? { where: args[0] } : args[0]) as any;
  if (options?.relationLoadStrategy === 'query' && asksWhatIsLost(metadata, options.relations)) return false;
  // TypeORM looks keys up again by Dates, which have lost their microseconds: of relations it loads by queries of their own, and of pages.
  if (options?.relationLoadStrategy === 'query' && options.relations && hasTimeInKey(metadata)) return false;
  const isPart = /^findOne/.test(method) || options?.take !== undefined || options?.skip !== undefined;
  if (!isPart || /^(count|exists|sum|average|minimum|maximum)/.test(method)) return true;
  if (selectsJoinedWithoutKey(metadata, options?.select, options?.relations)) return false;
  if (hasTimeInKey(metadata)) return false;
  if (ordersByKey(metadata, '', options?.order)) return true;
  const where = options?.where;
  const { primaryColumns } = metadata;
  return (
    typeof where === 'object' &&
    primaryColumns.length > 0 &&
    primaryColumns.every(({ propertyPath }) => isValue(where?.[propertyPath]))
  );
}

/** Relations that TypeORM does not find by queries of their own: some of embedded values, and references of several columns that are no properties. */
function asksWhatIsLost(metadata: EntityMetadata, relations: unknown): boolean {
  if (typeof relations !== 'object' || relations === null) return false;
  return Object.entries(relations).some(([name, below]) => {
    if (metadata.findEmbeddedWithPropertyPath(name)) return true;
    const relation = metadata.findRelationWithPropertyPath(name);
    if (!relation) return false;
    const { isWithJoinColumn, joinColumns, inverseEntityMetadata } = relation;
    if (isWithJoinColumn && joinColumns.length > 1 && joinColumns.some((column) => column.isVirtual)) return true;
    return asksWhatIsLost(inverseEntityMetadata, below);
  });
}

/** Of pages over joins TypeORM takes each row for a record of its own where the record's key is not selected. */
function selectsJoinedWithoutKey(metadata: EntityMetadata, select: any, relations: any, path: string[] = []): boolean {
  return Object.entries<any>(relations ?? {}).some(([name, below]) => {
    const whole = [...path, name];
    const chosen = select?.[name];
    if (!below || typeof chosen !== 'object') return false;
    const target = metadata.findRelationWithPropertyPath(whole.join('.'))?.inverseEntityMetadata;
    if (!target) return selectsJoinedWithoutKey(metadata, chosen, below, whole);
    const isKeySelected = target.primaryColumns.every(({ propertyPath }) =>
      propertyPath.split('.').reduce((inner, part) => inner?.[part], chosen),
    );
    return !isKeySelected || selectsJoinedWithoutKey(target, chosen, below);
  });
}

/** Whether a Date is part of the key: TypeORM does not find such keys again. */
export function hasTimeInKey({ primaryColumns }: EntityMetadata): boolean {
  return primaryColumns.some(({ type }) => /^timestamp/.test(String(type)));
}

function isValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function rowsOf(query: Query, value: any): number {
  if (/^findAndCount/.test(query.method)) return value[0].length;
  if (Array.isArray(value)) return value.length;
  return value === null || value === undefined || value === false || value === 0 ? 0 : 1;
}

/** All operators of the arguments, with the values they stand beside. */
export function operatorsIn(value: Described | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(operatorsIn);
  if (isMade(value)) return [value.$, ...value.args.flatMap(operatorsIn)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((held) => operatorsIn(held)) : [];
}
