import { testColdStart } from '../harness/cold-start.ts';

/** A few for every day: two that no statement of ours reads at sign-in, one that all of them read. */
testColdStart([
  { table: 'auth.accounts', column: 'scope' },
  { table: 'auth.verification', column: 'updated_at' },
  { table: 'auth.users', column: 'email_verified' },
]);
