import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createSnapshot, Field, openSnapshot, Snapshot, schemaFromClasses, ToOne } from '@permafrost/core';

@Snapshot()
class Author {
  @Field('text', { key: true }) name!: string;
}

@Snapshot()
class Book {
  @Field('int32', { key: true }) id!: number;
  @Field('text') title!: string;
  @ToOne(() => Author) author!: Author;
  get label() {
    return `${this.title} by ${this.author.name}`;
  }
}

async function mainThread(path: string) {
  const author = Object.assign(new Author(), { name: 'Ada' });
  const books = Array.from({ length: 100_000 }, (_, id) => ({ id, title: `Volume ${id}`, author }));
  const writer = createSnapshot({ path, schema: schemaFromClasses([Author, Book]) });
  writer.add(Author, author);
  await writer.addAll(Book, books);
  await writer.finish();
  const threads = [7, 99_999].map((id) => new Worker(__filename, { workerData: { path, id } }));
  const answers = await Promise.all(threads.map((thread) => once(thread, 'message')));
  assert.deepEqual(answers.flat(), ['Volume 7 by Ada', 'Volume 99999 by Ada']);
  rmSync(path);
}

async function workerThread({ path, id }: { path: string; id: number }) {
  using snapshot = await openSnapshot(path, { entities: [Author, Book] }); // maps the file: no copy a thread
  parentPort!.postMessage(snapshot.get(Book, id)!.label);
}

isMainThread ? mainThread('books.permafrost') : workerThread(workerData);
