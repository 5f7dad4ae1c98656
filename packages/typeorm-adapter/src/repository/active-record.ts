/** Active records over a snapshot: the static methods of classes that extend BaseEntity. */
import { InstanceChecker } from 'typeorm';
import type { Store } from '../open-store';

/**
 * Makes the store what the static methods of its BaseEntity classes read from (`Customer.findOneBy(…)`), instead of the DataSource they were
 * used with before, if any: TypeORM keeps one a class. Classes that the store does not hold are left alone. Call it again after opening
 * another generation; `BaseEntity.useDataSource` goes back.
 */
export function useStore(store: Store): void {
  if (typeof store?.holds !== 'function')
    throw new TypeError(
      'useStore: expected a store, as openStore gives it. For a DataSource: BaseEntity.useDataSource.',
    );
  for (const { target } of store.dataSource.entityMetadatas)
    if (InstanceChecker.isBaseEntityConstructor(target) && store.holds(target)) target.useDataSource(store.dataSource);
}
