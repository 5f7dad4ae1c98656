/**
 * Lazy relations of entities: an accessor that gives a promise, and loads what it leads to from the snapshot when it is first read. What it
 * keeps on the entity is named as TypeORM names it, so that TypeORM's own code finds it.
 */
import type { ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';

export class LazyRelations {
  readonly #accessors = new Map<RelationMetadata, PropertyDescriptor>();

  constructor(private readonly load: (relation: RelationMetadata, entity: ObjectLiteral) => Promise<unknown>) {}

  /** The accessor of a relation, for every entity that has it. */
  accessorOf(relation: RelationMetadata): PropertyDescriptor {
    let accessor = this.#accessors.get(relation);
    if (accessor === undefined) {
      accessor = makeAccessor(relation.propertyName, (entity) => this.load(relation, entity));
      this.#accessors.set(relation, accessor);
    }
    return accessor;
  }
}

function makeAccessor(name: string, load: (entity: ObjectLiteral) => Promise<unknown>): PropertyDescriptor {
  const value = `__${name}__`;
  const promise = `__promise_${name}__`;
  const hasValue = `__has_${name}__`;
  const keep = (entity: ObjectLiteral, loaded: unknown) => {
    entity[value] = loaded;
    entity[hasValue] = true;
    delete entity[promise];
    return loaded;
  };
  const wait = (entity: ObjectLiteral, loading: Promise<unknown>) => {
    delete entity[hasValue];
    delete entity[value];
    entity[promise] = loading;
    // Another value may have been assigned meanwhile. A failure is the business of whoever awaits `loading`.
    loading.then(
      (loaded) => {
        if (entity[promise] === loading) keep(entity, loaded);
      },
      () => {},
    );
    return loading;
  };
  return {
    get(this: ObjectLiteral) {
      if (this[hasValue] === true || this[value] !== undefined) return Promise.resolve(this[value]);
      return this[promise] ?? wait(this, load(this));
    },
    set(this: ObjectLiteral, given: unknown) {
      if (given instanceof Promise) wait(this, given);
      else keep(this, given);
    },
    configurable: true,
    enumerable: false,
  };
}
