import { once } from 'node:events';
import { openBenchEnvironment } from './bench-environment.ts';

/** The running servers, by their origins. */
export interface BenchServers {
  /** The real server, in production's log level and with limits out of the way. */
  readonly mana: string;
  /** The same on the same database, with CONCEAL_ACCOUNTS=on. */
  readonly manaConcealing: string;
  /** The database of both, as a superuser. */
  readonly manaDatabase: string;
  /** An empty tRPC query on the same adapter: our HTTP side with another router. */
  readonly empty: string;
  /** Better Auth at its defaults, over HTTP, on a database of the same Postgres. */
  readonly betterAuth: string;
  /** Verifications of the bare password hash per second, in that many lanes, in a process of its own. */
  bareHash(lanes: number, milliseconds: number): Promise<number>;
  close(): Promise<void>;
}

/** Starts every server that the rows of the table are compared with. */
export async function startBenchServers(): Promise<BenchServers> {
  const environment = await openBenchEnvironment();
  const database = await environment.createDatabase('mana_bench_own');
  const mana = await environment.start('mana', database);
  const manaConcealing = await environment.start('mana-concealing', database);
  const empty = await environment.start('empty', database);
  const theirs = await environment.createDatabase('mana_bench_better_auth');
  const betterAuth = await environment.start('better-auth', theirs);
  const hash = await environment.start('hash');

  return {
    mana: mana.origin,
    manaConcealing: manaConcealing.origin,
    manaDatabase: database,
    empty: empty.origin,
    betterAuth: betterAuth.origin,
    async bareHash(lanes, milliseconds) {
      hash.process.send({ lanes, milliseconds });
      const [perSecond] = await once(hash.process, 'message');
      return Number(perSecond);
    },
    close: () => environment.close(),
  };
}
