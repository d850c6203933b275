import { tick } from 'svelte';

/** Moves the focus to the first field of the form that is marked as wrong, once the page shows it. */
export async function focusFirstProblem(form: HTMLFormElement | undefined): Promise<void> {
  await tick();
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
