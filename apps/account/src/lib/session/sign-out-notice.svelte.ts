interface SignOutNotice {
  isAccountDeleted: boolean;
  /** A new password is set, but the vault of that account still needs its recovery code. */
  isVaultLocked: boolean;
}

/** What to say after somebody was signed out, until the next sign-in. In memory of this tab only. */
export const signOutNotice = $state<SignOutNotice>({
  isAccountDeleted: false,
  isVaultLocked: false,
});
