"""The life of a connector through kafka-connect-api. Prints what it was told."""

import sys
import time

from kafka_connect_api.kafka_connect_api import Api, Cluster, Connector

from waiting import until

FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"

url, name, file = sys.argv[1:]
host, port = url.removeprefix("http://").split(":")
cluster = Cluster(Api(host, port=int(port)))
connector = Connector(cluster, name)


def states():
    status = connector.status
    return " ".join(unit["state"] for unit in [status["connector"], *status["tasks"]])


print("cluster:", len(cluster.kafka_cluster) > 0)
print("listed:", name in cluster.connectors)
connector.config = {"connector.class": FILE_SOURCE, "tasks.max": 1, "file": file, "topic": name}
print("listed:", name in cluster.connectors, connector.exists())
# Kafka Connect has no status at first.
time.sleep(1)
until(states, "RUNNING RUNNING")
connector.pause()
until(states, "PAUSED PAUSED")
connector.resume()
until(states, "RUNNING RUNNING")
connector.restart_all_tasks()
until(states, "RUNNING RUNNING")
print("tasks:", [task.config["task.class"] for task in connector.tasks], [task.is_running() for task in connector.tasks])
print("config:", sorted(connector.config))
connector.delete()
print("listed:", name in cluster.connectors)
