/** A worker thread that receives workerData.share and then answers: 'sum' of all bytes, 'resident' bytes, 'close', 'spin' (reads until it is ended). */
const { parentPort, workerData } = require('node:worker_threads');
const { receiveMapping } = require('../../dist');

const mapping = receiveMapping(workerData.share);
const sumOfBytes = () => mapping.bytes.reduce((sum, byte) => sum + byte, 0);
const answers = {
  sum: sumOfBytes,
  resident() {
    mapping.advise('willneed');
    return mapping.residentSize(1, mapping.size - 1);
  },
  close() {
    mapping.close();
    return mapping.closed;
  },
  spin() {
    setImmediate(() => {
      while (sumOfBytes() > 0);
    });
    return 'spinning';
  },
};
parentPort.on('message', (question) => parentPort.postMessage(answers[question]()));
