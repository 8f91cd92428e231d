import { RequestError } from '@headrace/foundation';
import { routes } from '@headrace/rest-contract';
import type { RestDeps, TopicTracking } from '../deps.ts';
import { restErrors } from '../errors.ts';
import type { Serve } from '../serve.ts';
import { isTrue } from '../wire/config-input.ts';
import { connectorStateInfo } from '../wire/connector.ts';

/** What a connector is told to do, and the topics it has used. */
export const mountLifecycle = (serve: Serve, { herder, topics }: RestDeps): void => {
  serve(routes.pause, async ({ params, signal, reply }) => {
    await herder.setTargetState(params.connector, 'PAUSED', signal);
    return reply(202);
  });

  serve(routes.resume, async ({ params, signal, reply }) => {
    await herder.setTargetState(params.connector, 'STARTED', signal);
    return reply(202);
  });

  serve(routes.stop, async ({ params, signal, reply }) => {
    await herder.setTargetState(params.connector, 'STOPPED', signal);
    return reply(204);
  });

  serve(routes.restart, async ({ params, query, signal, reply }) => {
    const options = { includeTasks: isTrue(query.includeTasks), onlyFailed: isTrue(query.onlyFailed) };
    const planned = await herder.restartConnector(params.connector, options, signal);
    return planned === undefined ? reply(204) : reply(202, connectorStateInfo(planned));
  });

  serve(routes.getTopics, async ({ params, signal, reply }) => {
    const active = await requireTracking(topics).active(params.connector, signal);
    return reply(200, { [params.connector]: { topics: [...active] } });
  });

  serve(routes.resetTopics, async ({ params, signal, reply }) => {
    const tracking = requireTracking(topics);
    if (tracking.reset === undefined) throw new RequestError(restErrors.forbidden.code, 403, 'Topic tracking reset is disabled.');
    await tracking.reset(params.connector, signal);
    return reply(202);
  });
};

const requireTracking = (topics: TopicTracking | undefined): TopicTracking => {
  if (topics === undefined) throw new RequestError(restErrors.forbidden.code, 403, 'Topic tracking is disabled.');
  return topics;
};
