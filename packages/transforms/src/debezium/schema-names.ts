/** How Debezium makes names fit for Avro; the modes of `schema.name.adjustment.mode`. */
export const adjustmentModes = ['none', 'avro', 'avro_unicode'] as const;
export type AdjustmentMode = (typeof adjustmentModes)[number];

/** A full name in which every character that Avro forbids is replaced. */
export const adjustedName = (name: string, mode: AdjustmentMode): string => {
  if (mode === 'none') return name;
  const replacement = (character: string): string => (mode === 'avro' ? '_' : `_u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const escaped = mode === 'avro_unicode' ? name.replaceAll('_', replacement) : name;
  return escaped.replace(/^[^A-Za-z_]|[^\w.]/g, replacement);
};
