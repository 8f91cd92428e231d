import { Type } from 'typebox';
import { defineRoutes } from './route.ts';
import { notification, signalAccepted, signalInput } from './schemas/messages.ts';

const named = Type.Object({ connector: Type.String() });

/** What operators ask of running connectors, and what these tell them: ours, in Debezium's words. */
export const messageRoutes = defineRoutes({
  sendSignal: {
    method: 'POST',
    path: '/connectors/{connector}/signals',
    tag: 'Connectors',
    summary: "Have the connector's task carry out a signal, wherever it runs: execute-snapshot, stop-snapshot, pause-snapshot, …",
    params: named,
    body: signalInput,
    responses: { 202: signalAccepted },
    errors: [400, 404, 409, 413],
  },
  listNotifications: {
    method: 'GET',
    path: '/connectors/{connector}/notifications',
    tag: 'Connectors',
    summary: 'The last notifications of the connector, oldest first: how its snapshots go',
    params: named,
    responses: { 200: Type.Array(notification) },
    errors: [404],
  },
});
