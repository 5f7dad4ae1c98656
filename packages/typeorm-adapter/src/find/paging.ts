/**
 * The pages that TypeORM makes where relations are joined, its bugs included: for stores opened with `bugCompatible`. It finds the page by a
 * query over distinct rows of key and order columns, which it looks for among the columns selected.
 */
import { type OpenedSnapshot, type Plan, recordsInRowWindow } from '@permafrost/core';
import { DriverUtils } from 'typeorm/driver/DriverUtils.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { queryFailed } from '../errors';
import type { FindPlan } from './find-plan';

/** Throws what the database says to TypeORM where it orders by what is not selected. */
export function pagedAsTypeorm(snapshot: OpenedSnapshot, found: FindPlan): FindPlan {
  const { map, plan } = found;
  if (map.joinAttributes.length === 0) return found;
  const { skip: _skip, take: _take, ...all } = plan;
  // `take: 0` alone is no page to TypeORM.
  if (!map.skip && !map.take) return { ...found, plan: all };
  const { name, metadata } = map.mainAlias!;
  for (const { propertyPath } of metadata.primaryColumns) requireSelected(map, `${name}.${propertyPath}`);
  for (const key of Object.keys(map.allOrderBys)) requireSelected(map, key);
  if (!ordersByMany(found)) return found;
  return { ...found, plan: { ...all, among: recordsInRowWindow(snapshot, plan) } };
}

/** Whether a record may have several values to order by. */
function ordersByMany({ map, plan }: FindPlan): boolean {
  return (plan.order ?? []).some((term) => {
    for (let { source } = term; source > 0; source = (plan as Required<Plan>).joins[source - 1]!.parent) {
      const { relation } = map.joinAttributes[source - 1]!;
      if (relation!.isOneToMany || relation!.isManyToMany) return true;
    }
    return false;
  });
}

function requireSelected(map: QueryExpressionMap, key: string): void {
  const alias = map.findAliasByName(key.slice(0, key.indexOf('.')));
  const path = key.slice(alias.name.length + 1);
  const { metadata } = alias;
  const column = metadata.findColumnWithPropertyPath(path) ?? metadata.findColumnWithDatabaseName(path);
  const isNamed = (name: string) => map.selects.some(({ selection }) => selection === name);
  if (column && ((isNamed(alias.name) && column.isSelect) || isNamed(`${alias.name}.${column.propertyPath}`))) return;
  const name = DriverUtils.buildAlias(metadata.dataSource.driver, undefined, alias.name, column?.databaseName ?? path);
  throw queryFailed(`column distinctAlias.${name} does not exist`, '42703');
}
