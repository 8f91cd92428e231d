/**
 * Gives the memory of `bytes` back at once instead of when the collector finds them dead: a hot path makes few objects, so it
 * looks for them rarely. Whoever still has them sees no bytes any more. Bytes that share their memory with others stay.
 */
export const freeBytes = ({ buffer, byteLength }: Uint8Array): void => {
  if (byteLength > 0 && 'transfer' in buffer && buffer.byteLength === byteLength) buffer.transfer(0);
};
