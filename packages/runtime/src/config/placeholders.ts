/** Config providers of a worker, by the name used in `${name:...}`. */
export const defaultProviders: readonly string[] = ['file', 'env', 'dir'];

/**
 * Whether a value refers to a provider: `${provider:key}` or `${provider:path:key}`, anywhere in it. Such values are
 * resolved on the task's own thread when it starts, never before, so that REST, stored configs and validation show the
 * placeholder and not the secret. An unknown provider is plain text, as in Kafka Connect.
 */
export const hasPlaceholder = (value: string, providers: readonly string[] = defaultProviders): boolean => {
  for (let open = value.indexOf('${'); open >= 0; open = value.indexOf('${', open + 2)) {
    if (providers.some((provider) => value.startsWith(`${provider}:`, open + 2))) return value.includes('}', open);
  }
  return false;
};
