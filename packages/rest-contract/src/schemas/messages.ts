import { Type, type Static } from 'typebox';
import { anyObject, mapOf, nullable } from './json.ts';

export const signalInput = Type.Object(
  {
    id: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 200, description: 'Stands in the notifications; made where left out.' })),
    ),
    type: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'execute-snapshot, stop-snapshot, pause-snapshot, resume-snapshot, log.',
    }),
    data: Type.Optional(nullable(anyObject('As in the signals of Debezium, e.g. {"data-collections": ["public.orders"]}.'))),
  },
  { additionalProperties: false },
);

export const signalAccepted = Type.Object({ id: Type.String() });
export type SignalAccepted = Static<typeof signalAccepted>;

export const notification = Type.Object({
  id: Type.String({ description: 'Of the signal that asked for what is told of, or made.' }),
  aggregate_type: Type.String(),
  type: Type.String(),
  additional_data: mapOf(Type.String(), 'By name.'),
  timestamp: Type.Integer({ description: 'Milliseconds since the epoch.' }),
});
export type Notification = Static<typeof notification>;
