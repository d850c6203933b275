// Loaded before everything else, also by a Node that can't read TypeScript: plain JavaScript.
const OLDEST_MAJOR = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST_MAJOR) {
  process.stderr.write(
    `mana-auth needs Node ${OLDEST_MAJOR} and this is ${process.version}. ` +
      'The project installs its own on Linux: run "npx -y pnpm@12.21.0 install", look for an error there, and try again. ' +
      'Elsewhere install Node 24 from https://nodejs.org.\n',
  );
  process.exit(1);
}
