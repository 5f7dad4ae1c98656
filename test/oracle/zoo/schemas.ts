/** Entities without decorators: an EntitySchema with a class and one without; and trees of the four kinds (a level column is not among them: TypeORM 1.1.1 cannot
 * insert into one). */
import {
  Column,
  Entity,
  EntitySchema,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';

export class Song {
  id!: number;
  title!: string;
  singer!: object | null;
}

export const SongSchema = new EntitySchema<Song>({
  name: 'Song',
  target: Song,
  tableName: 'schema_song',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    title: { type: 'text', name: 'song_title', nullable: true },
  },
  relations: {
    singer: { type: 'many-to-one', target: 'Singer', inverseSide: 'songs', nullable: true },
  },
});

export const SingerSchema = new EntitySchema<any>({
  name: 'Singer',
  tableName: 'schema_singer',
  columns: {
    id: { type: 'bigint', primary: true },
    name: { type: 'text' },
    born: { type: 'date', nullable: true },
  },
  relations: {
    songs: { type: 'one-to-many', target: 'Song', inverseSide: 'singer' },
  },
});

export const schemaEntities = [SongSchema, SingerSchema] as const;

@Entity('tree_plain')
@Tree('adjacency-list')
export class PlainNode {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @TreeChildren() children!: Relation<PlainNode[]>;
  @TreeParent() parent!: Relation<PlainNode> | null;
}

@Entity('tree_closure')
@Tree('closure-table')
export class ClosureNode {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @TreeChildren() children!: Relation<ClosureNode[]>;
  @TreeParent() parent!: Relation<ClosureNode> | null;
}

@Entity('tree_nested')
@Tree('nested-set')
export class NestedNode {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @TreeChildren() children!: Relation<NestedNode[]>;
  @TreeParent() parent!: Relation<NestedNode> | null;
}

@Entity('tree_path')
@Tree('materialized-path')
export class PathNode {
  @PrimaryColumn('int') id!: number;
  @Column('text', { nullable: true }) name!: string | null;
  @TreeChildren() children!: Relation<PathNode[]>;
  @TreeParent() parent!: Relation<PathNode> | null;
}

export const treeEntities = [PlainNode, ClosureNode, NestedNode, PathNode] as const;
