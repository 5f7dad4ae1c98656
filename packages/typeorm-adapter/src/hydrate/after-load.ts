/**
 * What TypeORM calls when entities are loaded: methods with `@AfterLoad`, and `afterLoad` of the DataSource's subscribers. Those of related
 * entities come first; all are called before any promise they return is awaited.
 */
import type { DataSource, EntityMetadata, EntitySubscriberInterface, ObjectLiteral } from 'typeorm';
import { queryUnsupported } from '../errors';

/** Gets what each call returned. */
type Returned = (result: unknown, what: string, metadata: EntityMetadata) => void;

export class LoadListeners {
  readonly #dataSource: DataSource;
  readonly #isHeard = new Map<EntityMetadata, boolean>();
  readonly #subscribers = new Map<EntityMetadata, readonly EntitySubscriberInterface[]>();

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Calls all and waits for the promises they return; rejects with the first that one of them throws. */
  async call(metadata: EntityMetadata, entities: readonly ObjectLiteral[]): Promise<void> {
    const promises: unknown[] = [];
    this.#broadcast(metadata, entities, (result) => {
      if (result instanceof Promise) promises.push(result);
    });
    if (promises.length > 0) await Promise.all(promises);
  }

  /** Calls all. Throws QUERY_UNSUPPORTED for one that returns a promise. */
  callSync(metadata: EntityMetadata, entities: readonly ObjectLiteral[]): void {
    this.#broadcast(metadata, entities, (result, what, of) => {
      if (!(result instanceof Promise)) return;
      result.catch(() => {});
      throw queryUnsupported(
        of.name,
        undefined,
        `synchronous reads of entities whose ${what} returns a promise`,
        "Use the asynchronous method, or read proxies: { as: 'proxy' }.",
      );
    });
  }

  #broadcast(metadata: EntityMetadata, loaded: readonly ObjectLiteral[], returned: Returned): void {
    if (!this.#isHeardOf(metadata)) return;
    const entities = loaded.filter((entity) => !(entity instanceof Promise));
    for (const relation of metadata.relations) {
      const target = relation.inverseEntityMetadata;
      if (!this.#isHeardOf(target)) continue;
      for (const entity of entities) {
        // The accessor of a lazy relation would load it.
        if (relation.isLazy && !Object.hasOwn(entity, relation.propertyName)) continue;
        const value: unknown = relation.getEntityValue(entity);
        if (typeof value === 'object' && value !== null)
          this.#broadcast(target, (Array.isArray(value) ? value : [value]) as ObjectLiteral[], returned);
      }
    }
    for (const listener of metadata.afterLoadListeners) {
      for (const entity of entities) {
        if (!listener.isAllowed(entity)) continue;
        returned(listener.execute(entity), `@AfterLoad ${listener.propertyName}()`, metadata);
      }
    }
    for (const subscriber of this.#subscribersOf(metadata)) {
      const what = `subscriber ${subscriber.constructor.name}`;
      for (const entity of entities)
        returned(subscriber.afterLoad!(entity, this.#eventOf(entity, metadata)), what, metadata);
    }
  }

  /** Whether loading an entity, or anything its relations lead to, calls anybody. */
  #isHeardOf(metadata: EntityMetadata): boolean {
    const known = this.#isHeard.get(metadata);
    if (known !== undefined) return known;
    const reached = new Set([metadata]);
    for (const { relations } of reached) for (const relation of relations) reached.add(relation.inverseEntityMetadata);
    const isHeard = [...reached].some(
      (other) => other.afterLoadListeners.length > 0 || this.#subscribersOf(other).length > 0,
    );
    this.#isHeard.set(metadata, isHeard);
    return isHeard;
  }

  #subscribersOf(metadata: EntityMetadata): readonly EntitySubscriberInterface[] {
    let subscribers = this.#subscribers.get(metadata);
    if (subscribers === undefined) {
      subscribers = this.#dataSource.subscribers.filter(
        (subscriber) => subscriber.afterLoad && listensTo(subscriber.listenTo?.(), metadata.target),
      );
      this.#subscribers.set(metadata, subscribers);
    }
    return subscribers;
  }

  /** No query runner comes with it, since there is no connection. */
  #eventOf(
    entity: ObjectLiteral,
    metadata: EntityMetadata,
  ): Parameters<NonNullable<EntitySubscriberInterface['afterLoad']>>[1] {
    const dataSource = this.#dataSource;
    const event = { dataSource, connection: dataSource, manager: dataSource.manager, entity, metadata };
    return event as unknown as Parameters<NonNullable<EntitySubscriberInterface['afterLoad']>>[1];
  }
}

/** Whether a subscriber of `listened` hears of entities of `target`: of all, of that class, or of those that extend it. */
function listensTo(listened: unknown, target: EntityMetadata['target']): boolean {
  if (!listened || listened === Object || listened === target) return true;
  return Object.prototype.isPrototypeOf.call(listened as object, target as object);
}
