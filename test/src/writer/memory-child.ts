/** Writes `argv[3]` records to `argv[2]` from an asynchronous iterable and prints its peak of anonymous memory in bytes. */
import { createSnapshot, defineSchema } from '@permafrost/core';
import { anonymousMemory } from '../support/process-memory';

const schema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'email', type: 'text' },
      { name: 'country', type: 'text' },
      { name: 'score', type: 'float64' },
    ],
    relations: [{ name: 'manager', kind: 'to-one', target: 'Person' }],
  },
]);

async function main(path: string, count: number): Promise<void> {
  let peak = 0;
  const note = () => {
    peak = Math.max(peak, anonymousMemory());
  };
  async function* people() {
    for (let id = count; id > 0; id--) {
      yield {
        id,
        email: `person${id}@mail.example`.padEnd(240, '.'),
        country: `country ${id % 60}`,
        score: id / 3,
        manager: id > 1 ? id >> 1 : null,
      };
      if (id % 10_000 === 0) {
        note();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
  const writer = createSnapshot({ path, schema });
  await writer.addAll('Person', people());
  const timer = setInterval(note, 5);
  const { size } = await writer.finish();
  clearInterval(timer);
  note();
  process.stdout.write(JSON.stringify({ peak, size }));
}

void main(process.argv[2]!, Number(process.argv[3]));
