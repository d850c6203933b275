import { testColdStart } from '../harness/cold-start.ts';
import { everyColumn } from '../harness/fault-matrix.ts';

testColdStart(everyColumn);
