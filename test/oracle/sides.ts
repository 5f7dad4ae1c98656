/**
 * The ways to ask a snapshot that are compared with the database: its repositories of entities, the synchronous twins of these, and its
 * repositories of proxies, whose answers are copied into instances and read member by member as well.
 */
import { materialize } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import type { Side } from './campaign';
import { canonical } from './canonical';
import { type IsLeftOut, type Query, runQuery } from './query';
import type { Frozen } from './worlds';

export function sidesOf({ stores, isExported }: Frozen): Side[] {
  const repositoryOf = (metadata: EntityMetadata, as: 'entity' | 'proxy') =>
    stores.get(metadata)!.getRepository<ObjectLiteral>(metadata.target, { as });
  const isLeftOut = leftOutOf([...stores.keys()], isExported);
  /** A proxy runs neither constructor nor listeners. */
  const isLeftOutOfProxies: IsLeftOut = (kind, member) =>
    isLeftOut(kind, member) || (kind === 'Article' && (member === 'tags' || member === 'loadedTitle'));
  return [
    {
      name: 'entities',
      answer: (metadata, query) => runQuery(repositoryOf(metadata, 'entity'), query, { isLeftOut }),
    },
    {
      name: 'entities, at once',
      asks: (_, number) => number % 4 === 0,
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
export function leftOutOf(metadatas: readonly EntityMetadata[], isExported: Frozen['isExported']): IsLeftOut {
  const leftOut = new Set(
    metadatas.flatMap((metadata) =>
      metadata.columns
        .filter((column) => !isExported(column))
        .map((column) => `${metadata.name}.${column.propertyName}`),
    ),
  );
  return (kind, member) => leftOut.has(`${kind}.${member}`);
}

/** A proxy has no room for ids in the place of records. */
function isShownByProxies({ args }: Query): boolean {
  return !(args[0] as { loadRelationIds?: unknown } | undefined)?.loadRelationIds;
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
