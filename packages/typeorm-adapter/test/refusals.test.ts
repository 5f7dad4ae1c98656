/** What cannot be stored or given back exactly is refused by name before a database is asked, each with its way out. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Snapshot, schemaFromMetadata } from '@permafrost/typeorm-adapter';
import {
  ChildEntity,
  Column,
  type ColumnOptions,
  Entity,
  EntitySchema,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type Relation,
  RelationId,
  TableInheritance,
} from 'typeorm';
import type { EntityName } from '../src/mapping/schema-from-metadata';
import { describingDataSource } from '../src/repository/snapshot-data-source';

/** What schemaFromMetadata makes of entities that never see a database. */
async function schemaOf(...entities: EntityName[]) {
  return schemaFromMetadata((await describingDataSource(entities)).entityMetadatas, { entities });
}

class Name {
  @Column('text') first!: string;
}

@Entity()
class Embedding {
  @PrimaryColumn('int') id!: number;
  @Column(() => Name) name!: Name;
}

@Entity()
class Lazy {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => Lazy) other!: Promise<Lazy>;
}

@Entity()
class Identified {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => Identified) other!: Relation<Identified>;
  @RelationId(
    (identified: Identified) => identified.other,
    'others',
    (query) => query,
  )
  otherId!: number;
}

@Entity()
@Snapshot({ exclude: ['id'] })
class Keyless {
  @PrimaryColumn('int') id!: number;
}

@Entity()
class HiddenKey {
  @PrimaryColumn('int', { select: false }) id!: number;
}

@Entity()
@Snapshot({ exclude: ['parent'] })
class HalfExcluded {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(
    () => HalfExcluded,
    (other) => other.children,
  )
  parent!: Relation<HalfExcluded>;
  @OneToMany(
    () => HalfExcluded,
    (other) => other.parent,
  )
  children!: Relation<HalfExcluded[]>;
}

@Entity()
class OneSided {
  @PrimaryColumn('int') id!: number;
  @ManyToMany(() => OneSided) others!: Relation<OneSided[]>;
}

@Entity()
class Misled {
  @PrimaryColumn('int') id!: number;
  @OneToMany(
    () => HalfExcluded,
    (other) => other.parent,
  )
  others!: Relation<HalfExcluded[]>;
}

@Entity()
class Shared {
  @PrimaryColumn('int') id!: number;
  @ManyToMany(
    () => Sharing,
    (sharing) => sharing.first,
  )
  sharings!: Relation<Sharing[]>;
}

@Entity()
class Sharing {
  @PrimaryColumn('int') id!: number;
  @ManyToMany(
    () => Shared,
    (shared) => shared.sharings,
  )
  @JoinTable()
  first!: Relation<Shared[]>;
  @ManyToMany(
    () => Shared,
    (shared) => shared.sharings,
  )
  @JoinTable()
  second!: Relation<Shared[]>;
}

@Entity()
class KeyedByJson {
  @PrimaryColumn('jsonb') id!: object;
}

@Entity()
class KeyedByList {
  @PrimaryColumn('int', { array: true }) id!: number[];
}

@Entity()
@Snapshot({ exclude: ['other'] })
class LostId {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => LostId) other!: Relation<LostId>;
  @RelationId((lost: LostId) => lost.other) otherId!: number;
}

@Entity()
@TableInheritance({ column: { type: 'int', name: 'level' } })
class Level {
  @PrimaryColumn('int') id!: number;
}
@ChildEntity('1')
class FirstLevel extends Level {}

class Unset {
  id!: number;
}
PrimaryColumn('int')(Unset.prototype, 'id');
Column('int')(Unset.prototype, '__proto__');
Entity()(Unset);

@Entity()
@Snapshot({ include: ['idd'] })
class Misspelt {
  @PrimaryColumn('int') id!: number;
}

@Entity()
class Referrer {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => Embedding) embedding!: Relation<Embedding>;
  @OneToOne(() => Lazy) @JoinColumn() lazy!: Relation<Lazy>;
  @ManyToMany(() => Lazy) @JoinTable() lazies!: Relation<Lazy[]>;
}

const refused: [title: string, entities: EntityName[], code: string, message: RegExp, field?: string][] = [
  [
    '@RelationId',
    [Identified],
    'EXPORT_UNSUPPORTED',
    /^Identified\.otherId: @RelationId with a query of its own .*exclude: \['otherId'\]/,
    'otherId',
  ],
  [
    'an excluded key',
    [Keyless],
    'EXPORT_UNSUPPORTED',
    /^Keyless\.id: records without their key .*take it out of `exclude`/,
    'id',
  ],
  [
    'a hidden key',
    [HiddenKey],
    'EXPORT_UNSUPPORTED',
    /^HiddenKey\.id: records without their key .*include: \['id'\]/,
    'id',
  ],
  [
    'one side excluded',
    [HalfExcluded],
    'EXPORT_UNSUPPORTED',
    /^HalfExcluded\.children: it is the other side of HalfExcluded\.parent, which is excluded/,
    'children',
  ],
  [
    'no side that stores',
    [OneSided],
    'EXPORT_UNSUPPORTED',
    /^OneSided\.others: relations that neither side stores/,
    'others',
  ],
  [
    'an other side that leads elsewhere',
    [Misled],
    'EXPORT_UNSUPPORTED',
    /^Misled\.others: relations whose other side leads elsewhere \(HalfExcluded\.parent to HalfExcluded\) cannot .*exclude: \['others'\]/,
    'others',
  ],
  [
    'the other side of two relations',
    [Shared, Sharing],
    'EXPORT_UNSUPPORTED',
    /^Shared\.sharings: relations that are the other side of two, here of Sharing\.first and another, .*exclude: \['sharings'\]/,
    'sharings',
  ],
  ['a key of JSON', [KeyedByJson], 'EXPORT_UNSUPPORTED', /^KeyedByJson\.id: keys of json cannot be exported/, 'id'],
  ['a key of lists', [KeyedByList], 'EXPORT_UNSUPPORTED', /^KeyedByList\.id: keys of lists cannot be exported/, 'id'],
  [
    'an id of an excluded relation',
    [LostId],
    'EXPORT_UNSUPPORTED',
    /^LostId\.otherId: @RelationId of "other", which is excluded, .*exclude: \['otherId'\]/,
    'otherId',
  ],
  [
    'a class that TypeORM does not recognize',
    [FirstLevel],
    'EXPORT_UNSUPPORTED',
    /^Level\.level: the class FirstLevel, whose value "1" is no number as those of the column, cannot/,
    'level',
  ],
  [
    'what TypeORM never sets',
    [Unset],
    'EXPORT_UNSUPPORTED',
    /^Unset\.__proto__: a property called "__proto__".*exclude: \['__proto__'\]/,
    '__proto__',
  ],
  [
    'an unknown name',
    [Misspelt],
    'FIELD_UNKNOWN',
    /^Misspelt has no column or relation "idd".* Did you mean "id"\?/,
    'idd',
  ],
];

test.each(refused.map(([title, ...rest]) => ({ title, rest })))(
  '$title',
  async ({ rest: [entities, code, message, field] }) => {
    await expect(schemaOf(...entities)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      details: { entity: expect.any(String), ...(field ? { field } : {}) },
    });
  },
);

test('docs/COMPATIBILITY.md names them', () => {
  const text = readFileSync(path.resolve(__dirname, '../../../docs/COMPATIBILITY.md'), 'utf8');
  const table = text.slice(text.indexOf('## What is not exported'), text.indexOf('## Other databases'));
  const named = [...table.matchAll(/^\| (?!what |-).+ \| (.+?) +\|$/gm)].map(([, title]) => title);
  const titles = refused.filter(([, , code]) => code === 'EXPORT_UNSUPPORTED').map(([title]) => title);
  expect([...named, 'a hidden key'].sort()).toEqual(titles.sort());
});

test.each<ColumnOptions['type'] & string>(['geometry', 'geography'])('the type %s', async (type) => {
  const schema = new EntitySchema<object>({
    name: 'Odd',
    columns: { id: { type: 'int', primary: true }, odd: { type } } as never,
  });
  await expect(schemaOf(schema)).rejects.toMatchObject({
    code: 'EXPORT_UNSUPPORTED',
    message: `Odd.odd: columns of type ${type} cannot be exported. To leave it out: @Snapshot({ exclude: ['odd'] }).`,
    details: { entity: 'Odd', field: 'odd' },
  });
});

test('what is excluded is not refused', async () => {
  class Odd {}
  Snapshot({ exclude: ['name', 'one', 'otherId', 'other', 'text'] })(Odd);
  const schema = await schemaOf(
    new EntitySchema<object>({
      name: 'Odd',
      target: Odd,
      columns: {
        id: { type: 'int', primary: true },
        one: { type: 'time' },
        text: { type: 'text', transformer: { from: String, to: String } },
      } as never,
      embeddeds: {
        name: { schema: new EntitySchema<object>({ name: 'Name', columns: { first: { type: 'text' } } as never }) },
      } as never,
      relations: { other: { type: 'many-to-one', target: 'Odd', lazy: true } } as never,
      relationIds: { otherId: { relationName: 'other' } },
    }),
  );
  expect(schema.entities[0]!.fields.map((field) => field.name)).toEqual(['id']);
  expect(schema.entities[0]!.relations).toEqual([]);
});

test('entities that are referred to but not selected are named, all at once', async () => {
  await expect(schemaOf(Referrer)).rejects.toMatchObject({
    code: 'RELATION_TARGET_MISSING',
    message: expect.stringMatching(
      /Embedding, referred to by Referrer\.embedding\n {2}Lazy, referred to by Referrer\.lazy, Referrer\.lazies\nAdd them to `entities` .*exclude: \['embedding'\]/,
    ),
    details: { missing: ['Embedding', 'Lazy'], relations: ['Referrer.embedding', 'Referrer.lazy', 'Referrer.lazies'] },
  });
});

test('nothing is selected', async () => {
  await expect(schemaOf()).rejects.toMatchObject({
    code: 'SCHEMA_INVALID',
    message: expect.stringContaining('`entities` is empty'),
  });
  const metadatas = (await describingDataSource([Embedding])).entityMetadatas;
  expect(() => schemaFromMetadata(metadatas)).toThrow(
    expect.objectContaining({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('none of the 1 entities is decorated'),
    }),
  );
  expect(() => schemaFromMetadata(metadatas, { entities: [Lazy] })).toThrow(
    expect.objectContaining({
      code: 'ENTITY_UNKNOWN',
      message: expect.stringContaining('"Lazy" is not an entity of the DataSource'),
    }),
  );
  expect(() => schemaFromMetadata(metadatas, { entitys: [] } as never)).toThrow(
    new TypeError('schemaFromMetadata: unknown option "entitys". Did you mean "entities"? Known options: entities.'),
  );
});

test('the schema of a plain entity', async () => {
  class Base {
    id!: number;
  }
  PrimaryColumn('int')(Base.prototype, 'id');
  class Plain extends Base {}
  Column('numeric', { name: 'list_price', precision: 9, scale: 2, nullable: true })(Plain.prototype, 'price');
  Column('enum', { enum: { low: 1, high: 2 } })(Plain.prototype, 'level');
  Column('text', { select: false })(Plain.prototype, 'secret');
  ManyToOne(() => Plain, { nullable: false })(Plain.prototype, 'next');
  Entity('plain_table')(Plain);
  const { entities } = await schemaOf(Plain);
  expect(entities).toEqual([
    {
      name: 'Plain',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32', array: false, nullable: false, source: { column: 'id', typeormType: 'integer' } },
        {
          name: 'price',
          type: 'decimal',
          array: false,
          nullable: true,
          source: { column: 'list_price', typeormType: 'numeric' },
        },
        {
          name: 'level',
          type: 'enum',
          array: false,
          nullable: false,
          values: ['1', '2'],
          source: { column: 'level', typeormType: 'enum', numbers: [1, 2] },
        },
      ],
      relations: [{ name: 'next', kind: 'to-one', target: 'Plain', nullable: false }],
      indexes: [],
      source: { table: 'plain_table' },
    },
  ]);
});
