/** Rows of which a transformer leaves nothing: TypeORM drops those whose selected columns are null in the database, and no others. */
import 'reflect-metadata';
import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Finder } from '../support/finder';
import { withKind } from '../support/kinds';

const objectsAlone = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'object' ? value : null),
};
const something = { to: (value: unknown) => value, from: (value: unknown) => value ?? 'nothing' };

@Entity()
class Setting {
  @PrimaryColumn('int') id!: number;
  @Column('jsonb', { nullable: true, transformer: objectsAlone }) binary!: unknown;
  @Column('json', { nullable: true, transformer: [objectsAlone, something] }) json!: unknown;
  @Column('simple-json', { nullable: true, transformer: objectsAlone }) text!: unknown;
  @Column('jsonb', { nullable: true }) plain!: unknown;
  @OneToOne(() => Setting) @JoinColumn() next!: Relation<Setting> | null;
}

const kind = withKind(
  'transformed_nulls',
  [Setting],
  [
    `INSERT INTO setting (id, "binary", json, text, plain, "nextId") VALUES
       (1, 'true', 'true', 'true', 'true', 2), (2, '{"a": 1}', '{"a": 1}', '{"a": 1}', '{"a": 1}', 3),
       (3, 'null', ' null ', 'null', 'null', 4), (4, '"null"', '"null"', '"null"', '"null"', 5),
       (5, NULL, NULL, NULL, NULL, 1)`,
  ],
);

test.each(['binary', 'json', 'text', 'plain'])('%s, selected without the key', async (member) => {
  const finder = new Finder(kind.store, kind.dataSource);
  const select = { [member]: true };
  const order = { id: 'ASC' } as const;
  await finder.expectAsLive(Setting, { select, order });
  await finder.expectAsLive(Setting, { select: { id: true, next: select }, relations: { next: true }, order });
  const repository = kind.store.getRepository(Setting, { as: 'entity' });
  const [live, own] = await Promise.all(
    [kind.dataSource.getRepository(Setting), repository].map((one) => one.findAndCount({ select, order })),
  );
  expect(own).toStrictEqual(live);
  const proxies = await kind.store.getRepository(Setting, { as: 'proxy' }).find({ select, order });
  expect(proxies).toHaveLength(live![0].length);
});
