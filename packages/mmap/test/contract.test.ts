/** The contract and the refusals on every kind of memory but that of mmap-io, which has a file, and so a process, of its own. */
import { mappingContract } from './contract';
import { refusals } from './refusals';
import { describeBackends } from './support';

describeBackends('mapping', mappingContract);
describeBackends('refusals', refusals);
