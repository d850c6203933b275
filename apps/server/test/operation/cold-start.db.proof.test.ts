import { testColdStart } from '../harness/cold-start.ts';
import { everyColumn } from '../harness/fault-matrix.ts';

/** The tables whose schema Better Auth would check at its first use, and remember. */
const BETTER_AUTH_TABLES = ['auth.users', 'auth.accounts', 'auth.sessions', 'auth.verification'];

testColdStart(everyColumn.filter(({ table }) => BETTER_AUTH_TABLES.includes(table)));
