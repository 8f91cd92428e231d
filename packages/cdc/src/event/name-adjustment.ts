/** `schema.name.adjustment.mode` and `field.name.adjustment.mode`. */
export type NameAdjustment = (name: string) => string;

const letter = /[A-Za-z]/;
const avroStart = /[A-Za-z_]/;
const alphanumeric = /[A-Za-z0-9]/;

const unicodeEscape = (char: string): string => `_u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

const avro =
  (isDotAllowed: boolean): NameAdjustment =>
  (name) => {
    const rest = name.replaceAll(isDotAllowed ? /[^A-Za-z0-9_.]/g : /[^A-Za-z0-9_]/g, '_');
    return name !== '' && !avroStart.test(rest.charAt(0)) ? `_${rest}` : rest;
  };

const avroUnicode =
  (isDotAllowed: boolean): NameAdjustment =>
  (name) =>
    name.replaceAll(/[^]/g, (char, index: number) => {
      const isFine = index === 0 ? letter.test(char) : alphanumeric.test(char) || (isDotAllowed && char === '.');
      return isFine ? char : unicodeEscape(char);
    });

/** `part` says whether a name may hold dots: that of a schema may, that of a field may not. */
export const nameAdjustment = (mode: string, part: 'schema' | 'field'): NameAdjustment => {
  switch (mode.toLowerCase()) {
    case 'avro':
      return avro(part === 'schema');
    case 'avro_unicode':
      return avroUnicode(part === 'schema');
    default:
      return (name) => name;
  }
};
