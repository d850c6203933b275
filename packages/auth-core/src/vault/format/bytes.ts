/** Bytes in memory of their own. WebCrypto takes no shared memory, and wiping a shared view would surprise. */
export type Bytes = Uint8Array<ArrayBuffer>;
