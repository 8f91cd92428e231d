import { Type, type Static } from 'typebox';
import { anyObject, nullable } from './json.ts';

const partition = anyObject("Source: the connector's own. Sink: kafka_topic, kafka_partition.");
const offset = anyObject("Source: the connector's own. Sink: kafka_offset.");

export const connectorOffsets = Type.Object({
  offsets: Type.Array(Type.Object({ partition, offset: nullable(offset) })),
});
export type ConnectorOffsets = Static<typeof connectorOffsets>;

/** PATCH: what to alter; offset null drops that partition's offset. What is missing is refused with a sentence, not here. */
export const offsetsInput = Type.Object(
  {
    offsets: Type.Optional(
      nullable(
        Type.Array(
          Type.Object(
            { partition: Type.Optional(nullable(partition)), offset: Type.Optional(nullable(offset)) },
            { additionalProperties: false },
          ),
        ),
      ),
    ),
  },
  { additionalProperties: false },
);
export type OffsetsInput = Static<typeof offsetsInput>;
