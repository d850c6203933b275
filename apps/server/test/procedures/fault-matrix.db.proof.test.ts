import { everyColumn, everyFault, testFaultMatrix } from '../harness/fault-matrix.ts';

testFaultMatrix({ columns: everyColumn, faults: everyFault });
