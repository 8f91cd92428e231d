import type { ValueOutput } from '@headrace/connector-api';

/** Text of bytes in a character set of the server. */
export type TextDecode = (bytes: Buffer, start: number, end: number) => string;

const utf8: TextDecode = (bytes, start, end) => bytes.toString('utf8', start, end);

/** MySQL's character sets by what the Encoding Standard calls them; those it does not know cannot be read. */
const labels: Readonly<Record<string, string>> = {
  latin1: 'windows-1252',
  latin2: 'iso-8859-2',
  latin5: 'iso-8859-9',
  latin7: 'iso-8859-13',
  greek: 'iso-8859-7',
  hebrew: 'iso-8859-8',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp866: 'ibm866',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  macroman: 'macintosh',
  tis620: 'windows-874',
  big5: 'big5',
  gb2312: 'gbk',
  gbk: 'gbk',
  gb18030: 'gb18030',
  euckr: 'euc-kr',
  sjis: 'shift_jis',
  cp932: 'shift_jis',
  ujis: 'euc-jp',
  eucjpms: 'euc-jp',
  ucs2: 'utf-16be',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
};

/** Sets whose first 128 characters are ASCII, so that plain text needs no decoder. */
const isAsciiBased = (charset: string): boolean => !/^(ucs|utf16|utf32)/.test(charset);

/** The decoder of a character set by MySQL's name; undefined when there is none. */
export const textDecode = (charset: string): TextDecode | undefined => {
  if (charset === 'utf8mb4' || charset === 'utf8mb3' || charset === 'utf8' || charset === 'ascii') return utf8;
  if (charset === 'utf32') return utf32;
  const label = labels[charset];
  if (label === undefined) return undefined;
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  const decode: TextDecode = (bytes, start, end) => decoder.decode(bytes.subarray(start, end));
  if (!isAsciiBased(charset)) return decode;
  return (bytes, start, end) => (isAscii(bytes, start, end) ? bytes.toString('latin1', start, end) : decode(bytes, start, end));
};

/** Writes the text of bytes in a character set: what `decode` makes of them, without a string where they are UTF-8 already. */
export type TextCopy = (output: ValueOutput, bytes: Buffer, start: number, end: number) => void;

export const textCopy = (charset: string, decode: TextDecode): TextCopy => {
  if (decode === utf8) return copyUtf8;
  const copyDecoded: TextCopy = (output, bytes, start, end) => {
    output.string(decode(bytes, start, end));
  };
  if (!isAsciiBased(charset)) return copyDecoded;
  return (output, bytes, start, end) => {
    (isAscii(bytes, start, end) ? copyUtf8 : copyDecoded)(output, bytes, start, end);
  };
};

export const copyUtf8: TextCopy = (output, bytes, start, end) => {
  output.text(bytes, start, end);
};

const isAscii = (bytes: Buffer, start: number, end: number): boolean => {
  for (let index = start; index < end; index += 1) if ((bytes[index] ?? 0) > 0x7f) return false;
  return true;
};

const utf32: TextDecode = (bytes, start, end) => {
  let text = '';
  for (let offset = start; offset + 4 <= end; offset += 4) text += String.fromCodePoint(bytes.readUInt32BE(offset));
  return text;
};
