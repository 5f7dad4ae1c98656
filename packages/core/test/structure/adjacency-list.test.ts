import fc from 'fast-check';
import { AdjacencyListView, buildAdjacencyList } from '../../src/structure/adjacency-list';
import { answerOrCode, holds, thrownBy } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

const graph = fc.nat(12).chain((ownerCount) =>
  fc.record({
    ownerCount: fc.constant(ownerCount),
    pairs:
      ownerCount === 0
        ? fc.constant<[number, number][]>([])
        : fc.array(fc.tuple(fc.nat(ownerCount - 1), fc.nat(20)), { maxLength: 40 }),
  }),
);
const build = ({ ownerCount, pairs }: { ownerCount: number; pairs: [number, number][] }) =>
  buildAdjacencyList(ownerCount, (visit) => {
    for (const [owner, target] of pairs) visit(owner, target);
  });
const open = (section: Buffer) => new AdjacencyListView(viewOf(section), watchfulGuard(section.length), SECTION_OFFSET);
const runOf = (list: AdjacencyListView, owner: number) => {
  const { source, start, count } = list.runOf(owner);
  return Array.from({ length: count }, (_, place) => source.target(start + place));
};

describe('adjacency list', () => {
  it('gives each owner the targets of its pairs, in their order', () =>
    holds(
      fc.property(graph, (given) => {
        const list = open(build(given));
        expect(list.ownerCount).toBe(given.ownerCount);
        expect(list.targetCount).toBe(given.pairs.length);
        for (let owner = 0; owner < given.ownerCount; owner++) {
          const expected = given.pairs.filter(([from]) => from === owner).map(([, target]) => target);
          expect(runOf(list, owner)).toEqual(expected);
        }
      }),
      300,
    ));

  it('has these bytes', () => {
    const section = build({
      ownerCount: 2,
      pairs: [
        [1, 7],
        [0, 5],
        [1, 6],
      ],
    });
    expect(section.toString('hex').match(/.{8}/g)).toMatchInlineSnapshot(`
[
  "02000000",
  "03000000",
  "00000000",
  "01000000",
  "03000000",
  "05000000",
  "07000000",
  "06000000",
]
`);
  });

  it('refuses pairs that change between its two passes', () => {
    let pass = 0;
    const error = thrownBy(() => buildAdjacencyList(1, (visit) => pass++ === 0 && visit(0, 1)));
    expect(error.message).toContain('bug in Permafrost');
  });

  it('refuses owners and positions beyond it', () => {
    const list = open(build({ ownerCount: 1, pairs: [[0, 3]] }));
    expect(thrownBy(() => list.runOf(1)).code).toBe('FILE_CORRUPT');
    expect(thrownBy(() => list.target(1)).code).toBe('FILE_CORRUPT');
  });

  it('damaged gives a coded error or an answer', () =>
    holds(
      fc.property(damagedVariants(graph.map(build)), (section) => {
        const list = answerOrCode(() => open(section));
        if (!list) return;
        expect(4 * (list.ownerCount + list.targetCount)).toBeLessThan(section.length);
        for (let owner = 0; owner < list.ownerCount; owner++) answerOrCode(() => runOf(list, owner));
      }),
      2000,
    ));
});
