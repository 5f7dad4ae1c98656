/** A process that exports one generation after another into the folder given, until it is killed. Says "begun" on stdout first. */
import { createGeneration, defineSchema } from '@permafrost/core';

export const schema = defineSchema([
  {
    name: 'Node',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'generation', type: 'int32' },
      { name: 'label', type: 'text' },
    ],
    relations: [
      { name: 'next', kind: 'to-one', target: 'Node' },
      { name: 'previous', kind: 'to-many', target: 'Node', inverse: 'next' },
    ],
  },
]);

/** Enough that an export takes a few hundred milliseconds and passes through scratch files. */
export const RECORD_COUNT = 40_000;

async function exportForever(directory: string): Promise<never> {
  process.stdout.write('begun\n');
  for (;;) {
    const generation = createGeneration({ directory, schema });
    for (let id = RECORD_COUNT; id > 0; id--) {
      generation.writer.add('Node', {
        id,
        generation: generation.generation,
        label: `node ${id} of ${generation.generation}`,
        next: (id % RECORD_COUNT) + 1,
      });
      if (id % 4000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await generation.publish();
  }
}

if (require.main === module) void exportForever(process.argv[2]!);
