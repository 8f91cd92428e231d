/** How a file keeps keys and certificates. */
export type StoreFormat = 'PEM' | 'PKCS12' | 'JKS';

/** Types that a store may be given. JKS is Kafka's default, under which Java reads PKCS12 as well. */
export const storeTypes: ReadonlySet<string> = new Set<StoreFormat>(['PEM', 'PKCS12', 'JKS']);

const JKS_MAGIC = 0xfeedfeed;
/** Every PKCS12 file is one DER sequence. */
const DER_SEQUENCE = 0x30;

/** PEM and PKCS12 as told; otherwise what the file is. */
export const storeFormat = (type: string | undefined, content: Buffer): StoreFormat => {
  const told = type?.toUpperCase();
  if (told === 'PEM' || told === 'PKCS12') return told;
  if (content.length >= 4 && content.readUInt32BE(0) === JKS_MAGIC) return 'JKS';
  return content[0] === DER_SEQUENCE ? 'PKCS12' : 'PEM';
};
