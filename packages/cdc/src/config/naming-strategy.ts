/** Classes of `topic.naming.strategy` that are built. */
export const NAMING_STRATEGY = /^io\.debezium\.schema\.(Schema|Default)(Unicode)?TopicNamingStrategy$/;

/** Validator of `topic.naming.strategy`. */
export const checkNamingStrategy = (value: string): string | undefined =>
  NAMING_STRATEGY.test(value)
    ? undefined
    : 'only SchemaTopicNamingStrategy, DefaultTopicNamingStrategy and their Unicode forms of io.debezium.schema are built; rename topics by a transform';
