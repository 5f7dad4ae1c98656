/**
 * A worker thread that opens workerData.share and answers questions: 'read' every record's title and author, 'get' again after a close,
 * 'kept' (the author of a book that was kept), 'close', 'spin' (reads until it is ended).
 */
const { parentPort, workerData } = require('node:worker_threads');
const { openSnapshot } = require('../../../dist');

async function main() {
  const snapshot = await openSnapshot(workerData.share, { development: false });
  const kept = snapshot.get('Book', 0);
  const read = () => {
    const lines = [];
    for (const book of snapshot.scan('Book')) lines.push(`${book.id} ${book.title} ${book.author.name}`);
    return lines.join('\n');
  };
  const answers = {
    read,
    facts: () => [snapshot.backend, snapshot.path, snapshot.size, snapshot.memory().residentSize() > 0],
    verify: () => snapshot.verify(),
    get: () => snapshot.get('Book', 1),
    kept: () => kept.title,
    close: () => snapshot.close(),
    spin() {
      setImmediate(() => {
        while (read().length > 0);
      });
    },
  };
  parentPort.on('message', async (question) => {
    try {
      parentPort.postMessage({ answer: await answers[question]() });
    } catch ({ code, message }) {
      parentPort.postMessage({ code, message });
    }
  });
}

main();
