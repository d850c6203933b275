// Loaded before everything else, also by a Node that can't run TypeScript, so this is plain JavaScript.
const OLDEST_MAJOR = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST_MAJOR) {
  process.stderr.write(
    `mana-auth needs Node ${OLDEST_MAJOR}, but this is ${process.version}. ` +
      'On Linux the project installs its own: run "npx -y pnpm@12.21.0 install", check its output for errors, and try again. ' +
      'Elsewhere, install Node 24 from https://nodejs.org.\n',
  );
  process.exit(1);
}
