/** Floating point numbers as Java prints them: always with a fraction, with an exponent from 10^7 and below 10^-3. */
export const javaDouble = (value: number): string => (Number.isFinite(value) ? shaped(value, value.toExponential()) : String(value));

/** The fewest digits that are this 32-bit float and no other. */
export const javaFloat = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  const float = Math.fround(value);
  for (let digits = 0; digits < 9; digits += 1) {
    const text = float.toExponential(digits);
    if (Math.fround(Number(text)) === float) return shaped(float, text);
  }
  return shaped(float, float.toExponential());
};

const shaped = (value: number, exponential: string): string => {
  const [mantissa = '0', exponent = '0'] = exponential.split('e');
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-3 && size < 1e7);
  const text = isPlain ? plain(mantissa, Number(exponent)) : mantissa;
  const fraction = text.includes('.') ? text : `${text}.0`;
  const sign = Object.is(value, -0) ? '-' : '';
  return isPlain ? sign + fraction : `${fraction}E${String(Number(exponent))}`;
};

/** Moves the point of a mantissa with one digit before it. */
const plain = (mantissa: string, exponent: number): string => {
  const isNegative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '');
  const text =
    exponent < 0
      ? `0.${'0'.repeat(-exponent - 1)}${digits}`
      : digits.length <= exponent + 1
        ? digits.padEnd(exponent + 1, '0')
        : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return isNegative ? `-${text}` : text;
};
