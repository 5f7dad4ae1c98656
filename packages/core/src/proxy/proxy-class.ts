/**
 * Proxy classes: one for each (entity class, layout, way of giving values back), shared by all generations. Its prototype inherits the
 * entity's, so `instanceof`, methods and getters work; the entity's constructor is not run.
 */
import { inspect } from 'node:util';
import { describeValue, PermafrostError } from '../errors';
import type { RecordLayout } from '../layout/layout';
import type { EntityClass } from '../schema/decorators';
import type { EntitySchema, FieldSchema, RelationSchema } from '../schema/schema';
import type { Representations } from '../structure/slot-value';
import { type Converter, fieldGetter, type Getter, referenceGetter } from './getters';
import { hasNoJson, instanceOf, plainValue, plainValueOf } from './materialize';
import type { ProxyTable } from './proxy-table';
import { RecordList } from './record-list';
import { askedBelow, IS_PROXY, RecordState, type RelationTree, STATE } from './record-state';

/** How a snapshot gives values back. */
export interface ValueOptions extends Representations {
  /** Chooses a conversion of a field's values (never null); an adapter's hook. The same function must be passed for every generation. */
  readonly convert?: (entity: EntitySchema, field: FieldSchema) => Converter | undefined;
}

export interface ProxyClass {
  readonly entityClass: EntityClass;
  /** Getters of fields in schema order, for those who copy all of them: packed JSON comes as plain values. */
  readonly fields: readonly { readonly name: string; readonly get: Getter }[];
  readonly relations: ReadonlyMap<string, Getter>;
  create(table: ProxyTable, ordinal: number, depth: number, asked: RelationTree | undefined): object;
}

type ClassCache = Map<string, ProxyClass>;
const caches = new WeakMap<EntityClass, WeakMap<object, ClassCache>>();
const namedClasses = new Map<string, EntityClass>();
const noConversion = {};

/** The proxy class of an entity; made once for all snapshots in which the entity has this schema and layout. `members` are those it shows. */
export function proxyClassOf(
  entityClass: EntityClass | undefined,
  entity: EntitySchema,
  layout: RecordLayout,
  values: ValueOptions,
  members?: ReadonlySet<string>,
): ProxyClass {
  const shown = entityClass ?? classNamed(entity.name);
  let byConversion = caches.get(shown);
  if (!byConversion) {
    byConversion = new WeakMap();
    caches.set(shown, byConversion);
  }
  let cache = byConversion.get(values.convert ?? noConversion);
  if (!cache) {
    cache = new Map();
    byConversion.set(values.convert ?? noConversion, cache);
  }
  const { convert: _, ...representations } = values;
  const shape = JSON.stringify([entity.fields, entity.relations, layout, representations, members && [...members]]);
  let proxyClass = cache.get(shape);
  if (!proxyClass) {
    proxyClass = makeProxyClass(shown, entity, layout, values, members);
    cache.set(shape, proxyClass);
  }
  return proxyClass;
}

function makeProxyClass(
  entityClass: EntityClass,
  entity: EntitySchema,
  layout: RecordLayout,
  values: ValueOptions,
  members: ReadonlySet<string> | undefined,
): ProxyClass {
  const isShown = ({ name }: { name: string }) => members === undefined || members.has(name);
  function RecordProxy(
    this: { [STATE]: RecordState },
    table: ProxyTable,
    ordinal: number,
    depth: number,
    asked: RelationTree | undefined,
  ) {
    this[STATE] = new RecordState(table, ordinal, depth, asked);
  }
  const prototype = Object.create(entityClass.prototype as object) as object;
  RecordProxy.prototype = prototype;
  Object.defineProperty(prototype, IS_PROXY, { value: true });
  const Constructor = RecordProxy as unknown as new (
    table: ProxyTable,
    ordinal: number,
    depth: number,
    asked: RelationTree | undefined,
  ) => object;

  defineOutput(prototype, entityClass, entity);
  const fields = entity.fields.filter(isShown).map((field) => {
    const bit = entity.fields.indexOf(field);
    const getter = (representations: Representations) =>
      fieldGetter(field, layout.slots[bit]!, layout.stride, representations, values.convert?.(entity, field));
    const get = getter(values);
    defineMember(prototype, entity, field.name, get);
    return { name: field.name, get: field.packed ? getter({ ...values, json: values.json ?? 'value' }) : get };
  });
  const relations = new Map<string, Getter>();
  let slotNumber = entity.fields.length;
  for (const [number, relation] of entity.relations.entries()) {
    const slot = relation.kind === 'to-one' ? layout.slots[slotNumber++]! : undefined;
    if (!isShown(relation)) continue;
    const get = slot
      ? referenceGetter(relation.name, number, slot, layout.stride)
      : listGetter(entity, relation, number);
    defineMember(prototype, entity, relation.name, get);
    relations.set(relation.name, get);
  }
  const create: ProxyClass['create'] = (table, ordinal, depth, asked) => new Constructor(table, ordinal, depth, asked);
  const hidesJson = [...entity.fields, ...entity.relations].some(
    (member) => member.name === 'toJSON' && isShown(member),
  );
  return {
    entityClass,
    fields,
    relations,
    create: hidesJson ? withOwnMembers(create, prototype, entity, isShown) : create,
  };
}

/**
 * A member called "toJSON" takes the place of the method that shows a record to JSON. The proxies of such an entity have their fields,
 * and the relations asked for, as own accessors instead, which JSON reads by itself; making one takes microseconds.
 */
function withOwnMembers(
  create: ProxyClass['create'],
  prototype: object,
  entity: EntitySchema,
  isShown: (member: { name: string }) => boolean,
): ProxyClass['create'] {
  const accessorsOf = (members: readonly { name: string }[]) =>
    members.filter(isShown).map(({ name }) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const);
  const fields = accessorsOf(entity.fields).map(([name, accessor]) => [name, knownToJson(accessor)] as const);
  const relations = accessorsOf(entity.relations);
  return (table, ordinal, depth, asked) => {
    const proxy = create(table, ordinal, depth, asked);
    for (const [name, accessor] of fields) Object.defineProperty(proxy, name, accessor);
    for (const [name, accessor] of asked ? relations : [])
      if (Object.hasOwn(asked!, name) && asked![name]) Object.defineProperty(proxy, name, accessor);
    return proxy;
  };
}

/** Gives the sets, maps and typed arrays that an accessor makes what shows them to JSON. */
function knownToJson({ get, ...accessor }: PropertyDescriptor): PropertyDescriptor {
  return {
    ...accessor,
    get() {
      const value: unknown = get!.call(this);
      if (!hasNoJson(value)) return value;
      return Object.defineProperty(value, 'toJSON', { value: () => plainValue(value) });
    },
  };
}

/** The getter of a to-many relation: the same list while the owner is held. */
function listGetter(entity: EntitySchema, relation: RelationSchema, number: number): Getter {
  const name = `${entity.name}.${relation.name}`;
  return function () {
    const state = this[STATE];
    const { records } = state.table;
    records.checkRecord(state.ordinal);
    const held = state.links?.[number];
    if (held !== undefined) return held;
    const list = new RecordList(
      state.table.targets[number]![0]!,
      records.adjacencyList(number).runOf(state.ordinal),
      name,
      state.depth + 1,
      askedBelow(state.asked, relation.name),
    );
    state.links ??= new Array(state.table.targets.length);
    state.links[number] = list;
    return list;
  };
}

function defineMember(prototype: object, entity: EntitySchema, name: string, get: Getter): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    get,
    set(value: unknown) {
      throw new PermafrostError(
        'READ_ONLY',
        `${entity.name}.${name} = ${describeValue(value)}: records of a snapshot cannot be changed. Take a copy with materialize(record) and change that.`,
        { entity: entity.name, field: name },
      );
    },
  });
}

/** JSON and `util.inspect`; an entity's own ways of these are left alone. */
function defineOutput(prototype: object, entityClass: EntityClass, entity: EntitySchema): void {
  const hidden = (name: string | symbol, value: unknown) =>
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  if (!('toJSON' in entityClass.prototype)) {
    hidden('toJSON', function (this: { [STATE]: RecordState }) {
      return plainValueOf(this[STATE]);
    });
  }
  if (!(inspect.custom in entityClass.prototype)) {
    hidden(
      inspect.custom,
      function (this: { [STATE]: RecordState }, depth: number, options: object, show: typeof inspect) {
        const state = this[STATE];
        if (state.table.isStale) return `[stale cursor of ${entity.name}]`;
        if (state.table.records.reader.closed) return `[${entity.name} of a closed snapshot]`;
        if (depth < 0) return `[${entity.name}]`;
        return show(instanceOf(state), options);
      },
    );
  }
}

const namedSubclasses = new WeakMap<EntityClass, Map<string, EntityClass>>();

/** A class to stand for a subtype that was opened by name. */
export function subclassNamed(name: string, base: EntityClass): EntityClass {
  let byName = namedSubclasses.get(base);
  if (!byName) {
    byName = new Map();
    namedSubclasses.set(base, byName);
  }
  let entityClass = byName.get(name);
  if (!entityClass) {
    entityClass = { [name]: class extends base {} }[name]!;
    byName.set(name, entityClass);
  }
  return entityClass;
}

/** A class to stand for an entity that was opened by name. */
function classNamed(name: string): EntityClass {
  let entityClass = namedClasses.get(name);
  if (!entityClass) {
    entityClass = { [name]: class {} }[name]!;
    namedClasses.set(name, entityClass);
  }
  return entityClass;
}
