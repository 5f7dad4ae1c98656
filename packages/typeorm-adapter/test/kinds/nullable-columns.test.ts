/** Columns that are declared not nullable and hold null nevertheless: migrations made the table, not the declarations. */
import 'reflect-metadata';
import { Column, Entity, IsNull, ManyToOne, Not, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { expectAnswered, expectFound, withKind } from '../support/kinds';

class Contact {
  @Column('text') phone!: string;
}

@Entity()
class Club {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @OneToMany(
    () => Member,
    (member) => member.club,
  )
  members!: Relation<Member[]>;
}

@Entity()
class Member {
  @PrimaryColumn('int') id!: number;
  @Column('text') nickname!: string;
  @Column('int') clubId!: number;
  @ManyToOne(
    () => Club,
    (club) => club.members,
    { nullable: false },
  )
  club!: Relation<Club>;
  @ManyToOne(() => Member) sponsor!: Relation<Member> | null;
  @Column('int') sponsorId!: number;
  @Column(() => Contact) contact!: Contact;
}

const kind = withKind(
  'nullable_columns',
  [Club, Member],
  [
    'ALTER TABLE club ALTER name DROP NOT NULL',
    `ALTER TABLE member ALTER nickname DROP NOT NULL, ALTER "clubId" DROP NOT NULL, ALTER "sponsorId" DROP NOT NULL,
       ALTER "contactPhone" DROP NOT NULL`,
    "INSERT INTO club VALUES (1, 'Chess'), (2, NULL)",
    `INSERT INTO member (id, nickname, "clubId", "sponsorId", "contactPhone")
       VALUES (1, 'Ada', 1, NULL, '1'), (2, NULL, 1, 1, NULL), (3, 'Bob', NULL, 2, '3'), (4, NULL, 2, NULL, NULL)`,
  ],
);

test('nulls are given back', async () => {
  await expectFound(kind, Club, { members: true });
  await expectFound(kind, Member, { sponsor: true });
});

test('they are compared, ordered and joined as TypeORM does', () =>
  expectAnswered(kind, [
    [Member, { where: { nickname: IsNull() } }],
    [Member, { where: { nickname: Not('Ada') } }],
    [Member, { where: { contact: { phone: IsNull() } } }],
    [Member, { order: { nickname: 'DESC', id: 'ASC' } }],
    [Member, { where: { clubId: IsNull() } }],
    [Member, { where: { club: IsNull() } }],
    [Member, { relations: { club: true } }],
    [Member, { relations: { club: { members: true }, sponsor: true } }],
    [Member, { where: { club: { name: Not('x') } } }],
    [Member, { where: { club: { name: IsNull() } } }],
    [Club, { where: { members: { nickname: IsNull() } }, relations: { members: true } }],
  ]));
