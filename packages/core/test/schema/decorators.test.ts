import { type EntityClass, Field, Snapshot, schemaFromClasses, snapshotOptionsOf, ToMany, ToOne } from '../../src';
import { declaresFields, entityNameOf } from '../../src/schema/class-description';
import { definitionOf } from '../../src/schema/schema-from-classes';
import { thrownBy } from '../support/property';

class Base {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { nullable: true }) note?: string;
}

@Snapshot({ name: 'people' })
class Person extends Base {
  @Field('text') name!: string;
  @Field('enum', { values: ['a', 'b'], array: true }) kinds!: string[];
  @ToOne(() => Person, { nullable: false }) parent!: Person;
  @ToMany(
    () => Person,
    (person) => person.parent,
  )
  children!: Person[];
  @ToMany(() => Pet) pets!: Pet[];
  @ToOne(
    () => Pet,
    (pet) => pet.owner,
  )
  favourite?: Partial<Pet>;
}

@Snapshot()
class Pet {
  @Field('text', { key: true }) name!: string;
  @Field('date', { key: true, source: { column: 'born' } }) born!: string;
  @ToOne(() => Person) owner?: Person;
}

@Snapshot()
class Cat extends Pet {
  @Field('bytes') declare name: never;
}

describe('decorators', () => {
  it('describe classes as plain data would', () => {
    expect(definitionOf(Person)).toEqual({
      name: 'people',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'note', type: 'text', nullable: true },
        { name: 'name', type: 'text' },
        { name: 'kinds', type: 'enum', values: ['a', 'b'], array: true },
      ],
      relations: [
        { name: 'parent', kind: 'to-one', target: 'people', nullable: false },
        { name: 'children', kind: 'to-many', target: 'people', inverse: 'parent' },
        { name: 'pets', kind: 'to-many', target: 'Pet' },
        { name: 'favourite', kind: 'to-one', target: 'Pet', inverse: 'owner' },
      ],
    });
    expect(definitionOf(Pet)).toMatchObject({ key: ['name', 'born'], fields: [{}, { source: { column: 'born' } }] });
    expect(schemaFromClasses([Person, Pet]).entities.map(({ name }) => name)).toEqual(['people', 'Pet']);
  });

  it('are inherited and overridden, and leave the base class as it was', () => {
    expect(definitionOf(Cat).fields.map(({ name, type }) => `${name} ${type}`)).toEqual(['name bytes', 'born date']);
    expect(definitionOf(Pet).fields[0]!.type).toBe('text');
    expect(definitionOf(Cat).key).toEqual(['born']);
    expect(entityNameOf(Base)).toBeUndefined();
    expect([declaresFields(Base), declaresFields(Cat), declaresFields(class {})]).toEqual([true, true, false]);
    class Unmarked extends Person {}
    expect([entityNameOf(Unmarked), snapshotOptionsOf(Unmarked)]).toEqual([undefined, undefined]);
    expect(snapshotOptionsOf(Person)).toEqual({ name: 'people' });
  });

  it('leave instances and their construction alone', () => {
    expect(Object.keys(new Person())).toEqual([]);
    expect(JSON.stringify(Object.assign(new Pet(), { name: 'x' }))).toBe('{"name":"x"}');
  });

  it.each<[string, () => unknown, string]>([
    ['a class that is not decorated', () => schemaFromClasses([Base]), 'Base is not decorated with @Snapshot()'],
    [
      'undefined, as of a circular import',
      () => schemaFromClasses([undefined as unknown as EntityClass]),
      'not decorated',
    ],
    [
      'a symbol as member',
      () => Field('text')({ constructor: class A {} }, Symbol('s')),
      'a symbol cannot name a stored member',
    ],
    [
      'an inverse that reads nothing',
      () =>
        ToMany(
          () => Pet,
          () => 5,
        ),
      'reads no property',
    ],
  ])('refuse %s', (_, use, message) => {
    const decorator = use as () => ((target: object, name: string) => void) | undefined;
    const error = thrownBy(() => {
      const result = decorator();
      if (typeof result === 'function') result(class {}.prototype, 'x');
    });
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(error.message).toContain(message);
  });

  it('refuse relations to what is not decorated, when the schema is made', () => {
    @Snapshot()
    class Broken {
      @Field('int8', { key: true }) id!: number;
      @ToOne(() => Base) base?: Base;
    }
    @Snapshot()
    class Circular {
      @Field('int8', { key: true }) id!: number;
      @ToOne(() => undefined as unknown as typeof Pet) pet?: Pet;
    }
    expect(thrownBy(() => schemaFromClasses([Broken]))).toMatchObject({
      code: 'SCHEMA_INVALID',
      details: { entity: 'Broken', field: 'base' },
    });
    expect(thrownBy(() => schemaFromClasses([Circular])).message).toContain('a circular import?');
  });
});
