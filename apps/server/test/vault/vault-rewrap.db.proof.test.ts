import { testRewrap } from '../harness/rewrap.ts';

const { VAULTS, KILLS } = process.env;
testRewrap({ vaults: Number(VAULTS ?? 1500), kills: Number(KILLS ?? 5) });
