/** The ways to ask a snapshot that are compared with the database: repositories of entities and of proxies. */
import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import type { Side } from './campaign';
import { runQuery } from './query';
import type { Frozen } from './worlds';

export function sidesOf({ stores }: Frozen): Side[] {
  const repositoryOf = (metadata: EntityMetadata) =>
    stores.get(metadata)!.getRepository<ObjectLiteral>(metadata.target) as unknown as Repository<ObjectLiteral>;
  return [{ name: 'entities', answer: (metadata, query) => runQuery(repositoryOf(metadata), query) }];
}
