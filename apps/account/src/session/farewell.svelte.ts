/** What is to be said to who just left, until somebody signs in again. In memory of this tab only. */
export const farewell = $state<{ isAccountDeleted: boolean }>({ isAccountDeleted: false });
