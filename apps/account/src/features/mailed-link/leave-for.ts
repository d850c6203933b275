/** Goes to the page of an app that a link names, which the server has checked, else to one of ours. */
export function leaveFor(page: string | null, goHome: () => void): void {
  if (page === null) goHome();
  else location.assign(page);
}
