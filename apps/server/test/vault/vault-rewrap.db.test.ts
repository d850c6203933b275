import { testRewrap } from '../harness/rewrap.ts';

testRewrap({ vaults: 300, kills: 1 });
