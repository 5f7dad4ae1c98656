/**
 * Proxy classes: one for each (entity class, layout, way of giving values back), shared by all generations. Its prototype inherits the
 * entity's, so `instanceof`, methods and getters work; the entity's constructor is not run.
 */
import type { RecordLayout } from '../layout/layout';
import { type EntityClass, embeddedClassOf } from '../schema/class-description';
import { pathOf, pathTextOf, valueMembers } from '../schema/embedded';
import type { EntitySchema, FieldSchema, RelationSchema } from '../schema/schema';
import type { Representations } from '../structure/slot-value';
import type { EmbeddedShape, ShownMember } from './embedded';
import { type Conversion, type Converter, type FieldReading, fieldReading } from './field-reading';
import { fieldGetter, type Getter, listGetter, referenceGetter } from './getters';
import { instanceOf, plainValueOf } from './materialize';
import { defineMember, defineOutput, type MemberSource, ownAccessors, showMembers } from './members';
import { classNamed } from './named-classes';
import type { ProxyTable } from './proxy-table';
import { fieldsShown, IS_PROXY, isAmong, RecordState, type RelationTree, STATE } from './record-state';
import type { DerivedMember, ValueOptions } from './value-options';

export interface ProxyClass {
  readonly entityClass: EntityClass;
  /** Getters of fields and embeddeds in schema order, for those who copy all of them: packed JSON comes as plain values. */
  readonly fields: readonly ShownMember[];
  /** By path: "country", or "address.country" in an embedded. Not wrapped. */
  readonly relations: ReadonlyMap<string, Getter>;
  /** How every field of the entity is read, those of other subtypes too, by its path. */
  readonly readings: ReadonlyMap<string, FieldReading>;
  create(table: ProxyTable, ordinal: number, depth: number, asked: RelationTree | undefined): object;
}

const caches = new WeakMap<EntityClass, Map<string, ProxyClass>>();
const hookNumbers = new WeakMap<object, number>();
let hookCount = 0;

/** The proxy class of an entity; made once for all snapshots in which the entity has this schema and layout. `members` are those it shows. */
export function proxyClassOf(
  entityClass: EntityClass | undefined,
  entity: EntitySchema,
  layout: RecordLayout,
  values: ValueOptions,
  members?: ReadonlySet<string>,
): ProxyClass {
  const shown = entityClass ?? classNamed(entity.name);
  let cache = caches.get(shown);
  if (!cache) {
    cache = new Map();
    caches.set(shown, cache);
  }
  const { convert, wrap, embeddedClass, showsOnlySelected, derive, ...representations } = values;
  const hooks: Hooks = {
    conversions: entity.fields.map((field) => convert?.(entity, field)),
    wrappers: entity.relations.map((relation) => wrap?.(entity, relation)),
    shy: entity.fields.map((field) => showsOnlySelected?.(entity, field) ?? false),
    derived: derive?.(entity, shown) ?? [],
    embeddedClasses: new Map(
      (entity.embeddeds ?? []).map(({ path }) => [
        path.join('.'),
        embeddedClassOf(shown, path) ?? embeddedClass?.(entity, path, shown) ?? (Object as EntityClass),
      ]),
    ),
  };
  const shape = JSON.stringify([
    entity.fields,
    entity.relations,
    entity.embeddeds,
    layout,
    representations,
    hooks.conversions.map(hookNumber),
    hooks.wrappers.map(hookNumber),
    hooks.shy,
    [...hooks.embeddedClasses.values()].map(hookNumber),
    hooks.derived.map(({ name, give }) => [name, hookNumber(give)]),
    members && [...members],
  ]);
  let proxyClass = cache.get(shape);
  if (!proxyClass) {
    proxyClass = makeProxyClass(shown, entity, layout, representations, hooks, members);
    cache.set(shape, proxyClass);
  }
  return proxyClass;
}

/** What an adapter chose: by field, by relation, and by path of an embedded. */
interface Hooks {
  readonly conversions: readonly (Converter | Conversion | undefined)[];
  readonly wrappers: readonly (Converter | undefined)[];
  readonly shy: readonly boolean[];
  readonly embeddedClasses: ReadonlyMap<string, EntityClass>;
  readonly derived: readonly DerivedMember[];
}

/** Tells what hooks chose apart; 0 is none. */
function hookNumber(chosen: object | undefined): number {
  if (!chosen) return 0;
  let number = hookNumbers.get(chosen);
  if (number === undefined) {
    number = ++hookCount;
    hookNumbers.set(chosen, number);
  }
  return number;
}

function makeProxyClass(
  entityClass: EntityClass,
  entity: EntitySchema,
  layout: RecordLayout,
  values: Representations,
  { conversions, wrappers, shy, embeddedClasses, derived }: Hooks,
  members: ReadonlySet<string> | undefined,
): ProxyClass {
  const isShown = ({ name, hidden }: { name: string; hidden?: boolean }) =>
    !hidden && (members === undefined || members.has(name));
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

  defineOutput(prototype, entityClass, entity.name, { copied: instanceOf, plain: plainValueOf });
  const readingOf = (field: FieldSchema, bit: number, representations: Representations) =>
    fieldReading(field, layout.slots[bit]!, representations, conversions[bit]);
  const readings = entity.fields.map((field, bit) => readingOf(field, bit, values));
  const getters = entity.fields.map((field, bit) => {
    const get = fieldGetter(readings[bit]!, layout.stride);
    const plain = field.packed && readingOf(field, bit, { ...values, json: values.json ?? 'value' });
    return { get, copied: plain ? fieldGetter(plain, layout.stride) : get, shy: shy[bit]! };
  });
  const shapes: EmbeddedShape[] = [];
  const holders = new Map([['', prototype]]);
  const source: MemberSource = { entity, layout, getters, embeddedClasses, holders, shapes };
  const fields = showMembers(
    prototype,
    valueMembers(entity, isShown),
    source,
    derived.map((member) => member.name),
  );
  for (const { name, give } of derived) {
    const get: Getter = function () {
      const { table, ordinal, depth, asked } = this[STATE];
      return give(IS_PROXY in this ? this : new Constructor(table, ordinal, depth, asked));
    };
    defineMember(prototype, entity, [name], get);
    fields.push({ name, get });
  }
  const relations = new Map<string, Getter>();
  let slotNumber = entity.fields.length;
  for (const [number, relation] of entity.relations.entries()) {
    const slot = relation.kind === 'to-one' ? layout.slots[slotNumber++]! : undefined;
    if (!isShown(relation)) continue;
    const get = slot
      ? referenceGetter(pathOf(relation), number, slot, layout.stride)
      : listGetter(entity, relation, number);
    const path = pathOf(relation);
    const holderPath = path.slice(0, -1).join('.');
    const wrap = wrappers[number];
    const given: Getter = wrap
      ? function () {
          return wrap(get.call(this));
        }
      : get;
    defineMember(holders.get(holderPath)!, entity, path, given);
    relations.set(pathTextOf(relation), get);
    const shape = shapes.find((candidate) => candidate.path.join('.') === holderPath);
    (shape?.relations as Map<string, Getter> | undefined)?.set(path.at(-1)!, get);
  }
  const shownRelations = entity.relations.filter((relation) => isShown(relation) && !relation.path);
  const create: ProxyClass['create'] = (table, ordinal, depth, asked) => new Constructor(table, ordinal, depth, asked);
  const hidesJson = [...fields, ...shownRelations].some((member) => member.name === 'toJSON');
  return {
    entityClass,
    fields,
    relations,
    readings: new Map(entity.fields.map((field, bit) => [pathTextOf(field), readings[bit]!])),
    create: hidesJson ? withOwnMembers(create, prototype, fields, shownRelations) : create,
  };
}

/**
 * A member called "toJSON" takes the place of the method that shows a record to JSON. The proxies of such an entity have their fields,
 * and the relations asked for, as own accessors instead, which JSON reads by itself; making one takes microseconds.
 */
function withOwnMembers(
  create: ProxyClass['create'],
  prototype: object,
  members: readonly ShownMember[],
  ownRelations: readonly RelationSchema[],
): ProxyClass['create'] {
  const fields = ownAccessors(prototype, members);
  const relations = ownRelations.map(({ name }) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const);
  return (table, ordinal, depth, asked) => {
    const proxy = create(table, ordinal, depth, asked);
    const shown = fieldsShown(asked, []);
    for (const [place, [name, accessor]] of fields.entries())
      if (isAmong(shown, members[place]!)) Object.defineProperty(proxy, name, { ...accessor, enumerable: true });
    for (const [name, accessor] of asked ? relations : [])
      if (Object.hasOwn(asked!, name) && asked![name]) Object.defineProperty(proxy, name, accessor);
    return proxy;
  };
}
