import type { AuthFailure } from '@mana/shared-auth';
import { router } from '../../lib/router/router.svelte.ts';
import { changeSearch } from '../../lib/router/routes.ts';

/** Goes on to the second step, where a sign-in failed for want of it alone. */
export function goToSecondStep({ code }: AuthFailure): void {
  if (code !== 'TWO_FACTOR_REQUIRED') return;
  const { search } = router.location;
  router.go(`/sign-in${changeSearch(search, { step: 'code', lapsed: null })}`);
}
