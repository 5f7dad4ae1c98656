/**
 * The option `lock`. A snapshot locks nothing, so it gives the errors that TypeORM gives outside of a transaction, where every lock but the
 * optimistic one of findOne fails. `dirty_read`, and modes that TypeORM does not know, mean nothing to PostgreSQL.
 */
import {
  type EntityMetadata,
  NoVersionOrUpdateDateColumnError,
  type ObjectLiteral,
  OptimisticLockCanNotBeUsedError,
  OptimisticLockVersionMismatchError,
  PessimisticLockTransactionRequiredError,
} from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { queryFailed, queryUnsupported } from '../errors';
import { databaseKindOf } from '../mapping/database-kind';

const clauses: Readonly<Record<string, string>> = {
  pessimistic_read: 'FOR SHARE',
  pessimistic_write: 'FOR UPDATE',
  for_no_key_update: 'FOR NO KEY UPDATE',
  for_key_share: 'FOR KEY SHARE',
};

/** Throws where TypeORM would on asking; {@link checkLockedVersion} is for what findOne has found. */
export function checkLock({ lockMode }: QueryExpressionMap, metadata: EntityMetadata, method: string): void {
  if (lockMode === undefined) return;
  if (lockMode === 'optimistic') {
    if (!method.startsWith('findOne')) throw new OptimisticLockCanNotBeUsedError();
    if (!metadata.versionColumn && !metadata.updateDateColumn)
      throw new NoVersionOrUpdateDateColumnError(metadata.name);
    return;
  }
  if (databaseKindOf(metadata.dataSource.options) !== 'postgres') throw refuse(metadata, method, lockMode);
  const clause = clauses[lockMode];
  if (clause === undefined) return;
  if (method.startsWith('find')) throw new PessimisticLockTransactionRequiredError();
  if (method.startsWith('count')) throw queryFailed(`${clause} is not allowed with aggregate functions`, '0A000');
  throw refuse(metadata, method, lockMode);
}

function refuse({ name }: EntityMetadata, method: string, lockMode: string): Error {
  return queryUnsupported(
    name,
    undefined,
    `${method} with the lock ${lockMode}`,
    'Leave the lock out: a snapshot does not change.',
  );
}

/** Throws where findOne with an optimistic lock has found another version than the one expected. */
export function checkLockedVersion(
  { lockMode, lockVersion, mainAlias }: QueryExpressionMap,
  entity: ObjectLiteral,
): void {
  if (lockMode !== 'optimistic' || !lockVersion) return;
  const { metadata } = mainAlias!;
  if (lockVersion instanceof Date) {
    const found: Date = metadata.updateDateColumn!.getEntityValue(entity);
    if (found.getTime() !== lockVersion.getTime())
      throw new OptimisticLockVersionMismatchError(metadata.name, lockVersion, found);
    return;
  }
  const found: number = metadata.versionColumn!.getEntityValue(entity);
  if (found !== lockVersion) throw new OptimisticLockVersionMismatchError(metadata.name, lockVersion, found);
}
