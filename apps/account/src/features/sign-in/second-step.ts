import type { AuthFailure } from '@mana/shared-auth';
import { router } from '../../lib/router/router.svelte.ts';
import { changeSearch } from '../../lib/router/routes.ts';

/** Continues to the second step if that is all a sign-in still needs. */
export function goToSecondStep({ code }: AuthFailure): void {
  if (code !== 'TWO_FACTOR_REQUIRED') return;
  const { search } = router.location;
  router.go(`/sign-in${changeSearch(search, { step: 'code', lapsed: null })}`);
}
