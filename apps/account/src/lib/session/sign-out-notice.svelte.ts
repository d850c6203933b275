interface SignOutNotice {
  isAccountDeleted: boolean;
  /** A new password is set, and the vault of that account still opens with its recovery code alone. */
  isVaultLocked: boolean;
}

/** What is to be said to who just left, until somebody signs in again. In memory of this tab only. */
export const signOutNotice = $state<SignOutNotice>({
  isAccountDeleted: false,
  isVaultLocked: false,
});
