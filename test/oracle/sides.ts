/**
 * The ways to ask a snapshot that are compared with the database: its repositories of entities, the synchronous twins of these, and its
 * repositories of proxies, whose answers are copied into instances and read member by member as well.
 */
import { materialize } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import type { Side } from './campaign';
import { canonical } from './canonical';
import { hasTimeInKey, type IsLeftOut, type Query, runQuery } from './query';
import type { Frozen } from './worlds';

export function sidesOf({ stores, isExported }: Frozen): Side[] {
  const repositoryOf = (metadata: EntityMetadata, as: 'entity' | 'proxy') =>
    stores.get(metadata)!.getRepository<ObjectLiteral>(metadata.target, { as });
  const isLeftOut = leftOutOf([...stores.keys()], isExported);
  // A proxy runs neither constructor nor listeners.
  const isLeftOutOfProxies = leftOutOf([...stores.keys()], isExported, ['Article.tags', 'Article.loadedTitle']);
  return [
    {
      name: 'entities',
      answer: (metadata, query) => runQuery(repositoryOf(metadata, 'entity'), query, { isLeftOut }),
    },
    {
      name: 'entities, at once',
      asks: (_metadata, _query, number) => number % 4 === 0,
      answer: (metadata, query) => {
        const sync = repositoryOf(metadata, 'entity').sync as any;
        const twin = { metadata, [query.method]: (...args: unknown[]) => sync[query.method](...args) };
        return runQuery(twin as unknown as Repository<ObjectLiteral>, query, { isLeftOut });
      },
    },
    {
      name: 'proxies',
      asks: isShownByProxies,
      counted: { isLeftOut: isLeftOutOfProxies, isShownOnly: true },
      answer: (metadata, query) =>
        runQuery(repositoryOf(metadata, 'proxy'), query, {
          isLeftOut: isLeftOutOfProxies,
          isShownOnly: true,
          read: copied,
        }),
    },
  ];
}

/** Columns that `@Snapshot` keeps out are in the database's answers alone. */
export function leftOutOf(
  metadatas: readonly EntityMetadata[],
  isKept: (column: ColumnMetadata) => boolean,
  others: readonly string[] = [],
): IsLeftOut {
  const columns = metadatas.flatMap((metadata) => metadata.columns.filter((column) => !isKept(column)));
  const leftOut = new Set([
    ...columns.map(({ entityMetadata, propertyName }) => `${entityMetadata.name}.${propertyName}`),
    ...others,
  ]);
  return (kind, member) => leftOut.has(`${kind}.${member}`);
}

/**
 * A proxy has no room for ids in the place of records, and is of its record's class, with the relations of that class: TypeORM makes instances
 * of the base where `select` leaves out what says the class, and puts relations of other classes on them.
 */
function isShownByProxies(metadata: EntityMetadata, { args }: Query): boolean {
  const { select, relations, loadRelationIds, relationLoadStrategy } = (args[0] ?? {}) as Record<string, unknown>;
  if (loadRelationIds) return false;
  // TypeORM does not find again what it has loaded by Dates.
  if (relationLoadStrategy === 'query' && metadata.relations.some((one) => hasTimeInKey(one.inverseEntityMetadata)))
    return false;
  // Proxies have relations that need what is not selected.
  if (select && relationLoadStrategy) return false;
  if (metadata.discriminatorColumn && (select || relations)) return false;
  return !relations || !leadsToClasses(metadata, relations, select !== undefined);
}

function leadsToClasses(metadata: EntityMetadata, tree: unknown, isSelected: boolean, prefix = ''): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.entries(tree).some(([name, below]) => {
    const path = `${prefix}${name}`;
    const target = metadata.findRelationWithPropertyPath(path)?.inverseEntityMetadata;
    if (!target) return leadsToClasses(metadata, below, isSelected, `${path}.`);
    const isAskedMore = typeof below === 'object' && below !== null && Object.keys(below).length > 0;
    return (target.discriminatorColumn && (isSelected || isAskedMore)) || leadsToClasses(target, below, isSelected);
  });
}

/** Instances with what the proxies show. Throws where a member read by itself is something else. */
function copied(answer: any): unknown {
  if (Array.isArray(answer)) return answer.map(copied);
  if (typeof answer !== 'object' || answer === null) return answer;
  const copy = materialize(answer as object, { shared: false });
  for (const name of Object.keys(copy)) {
    const [read, shown] = [answer[name], (copy as Record<string, unknown>)[name]];
    if (read instanceof Promise) continue;
    if (typeof shown === 'object' && shown !== null && !(shown instanceof Date) && !ArrayBuffer.isView(shown)) continue;
    if (canonical(read) !== canonical(shown))
      throw new Error(`${name} of a proxy is ${canonical(read)}, in its copy ${canonical(shown)}`);
  }
  return copy;
}
