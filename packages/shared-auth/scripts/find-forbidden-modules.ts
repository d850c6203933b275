/**
 * All that a page may load, ours and others'. Everything else is forbidden: the server and its
 * libraries, Node, the texts of docs/errors.md.
 */
const allowed: readonly RegExp[] = [
  /\/packages\/shared-auth\/src\/(?!.*\.(test|fixture|prop)\b)/,
  /\/packages\/auth-core\/src\/errors\/(?!documentation|.*better-auth|.*\.(test|fixture|prop)\b)/,
  /\/packages\/auth-core\/src\/typed-code\.ts$/,
  /\/packages\/auth-core\/src\/vault\/(?!keys\/(?!ids\.ts)|.*\.(test|fixture|prop)\b)/,
  /\/node_modules\/@trpc\/client\//,
  // What @trpc/client shares with the server: its observable, and the numbers of its error codes.
  /\/node_modules\/@trpc\/server\/dist\/(observable|codes)-/,
  /\/node_modules\/(superjson|copy-anything|is-what)\//,
  /^\0rolldown\/runtime\.js$/,
];

/** The modules of a bundle that don't belong in a browser, as the bundler names them. */
export function findForbiddenModules(modules: readonly string[]): string[] {
  return modules.filter((module) => !allowed.some((pattern) => pattern.test(module)));
}

/** The names of the Node globals that the code of a bundle uses. */
export function findNodeGlobals(code: string): string[] {
  return ['process', 'Buffer', 'setImmediate', '__dirname', 'require'].filter((name) =>
    new RegExp(`(?<![\\w$.'"\`])${name}(?=[.([])`).test(code),
  );
}
