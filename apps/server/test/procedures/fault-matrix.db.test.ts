import { everyColumn, testFaultMatrix } from '../harness/fault-matrix.ts';

/** A part of the matrix, for every day: the column that each table is looked up by, and two faults. */
testFaultMatrix({
  columns: everyColumn.filter(
    ({ table }, i) => everyColumn.findIndex((other) => other.table === table) === i,
  ),
  faults: ['the connection is reset before the answer', 'the pool is exhausted'],
});
