import type { ErrorRow } from './error-row.ts';

/** What the vault refuses or cannot do. */
export type VaultErrorCode =
  | 'VAULT_NOT_INITIALISED'
  | 'RECOVERY_WRAP_MISSING'
  | 'ZK_ACTIVE'
  | 'ZK_ROTATE_FORBIDDEN'
  | 'VAULT_CONFLICT'
  | 'VAULT_UNREADABLE';

/**
 * Total: a code without a row does not compile. VAULT_UNREADABLE doesn't say why, so that nobody can
 * probe a wrap.
 */
export const vaultErrorTable: Readonly<Record<VaultErrorCode, ErrorRow>> = {
  VAULT_NOT_INITIALISED: {
    httpStatus: 404,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: 'There is no vault yet. Set one up first.',
  },
  RECOVERY_WRAP_MISSING: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: 'There is no recovery code yet. Set one up first.',
  },
  ZK_ACTIVE: {
    httpStatus: 409,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message:
      "We can't open this vault, so we can't do that for you. Unlock it with your recovery code first.",
  },
  ZK_ROTATE_FORBIDDEN: {
    httpStatus: 409,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message:
      "The key can't be replaced while only you can open the vault. Turn off zero knowledge first.",
  },
  VAULT_CONFLICT: {
    httpStatus: 409,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message:
      'The vault was changed somewhere else in the meantime. Load it again, then repeat your change.',
  },
  VAULT_UNREADABLE: {
    httpStatus: 500,
    logLevel: 'error',
    securityEvent: 'SERVICE_ERROR',
    countsTowardLockout: false,
    retry: 'no',
    message: "The vault couldn't be opened. Nothing in it was changed. Tell us the request id.",
  },
};
