"""The life of a connector through kafka-connect-api. Prints what it was told."""

import sys
import time

from kafka_connect_api.kafka_connect_api import Api, Cluster, Connector

FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"

url, name, file = sys.argv[1:]
host, port = url.removeprefix("http://").split(":")
cluster = Cluster(Api(host, port=int(port)))
connector = Connector(cluster, name)


def states():
    status = connector.status
    return " ".join(unit["state"] for unit in [status["connector"], *status["tasks"]])


def until(wanted):
    deadline = time.monotonic() + 30
    row = 0
    # A restart is under way only a moment after it was accepted.
    while row < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
        row = row + 1 if states() == wanted else 0
    print("states:", states())


print("cluster:", len(cluster.kafka_cluster) > 0)
print("listed:", name in cluster.connectors)
connector.config = {"connector.class": FILE_SOURCE, "tasks.max": 1, "file": file, "topic": name}
print("listed:", name in cluster.connectors, connector.exists())
# Kafka Connect has no status at first.
time.sleep(1)
until("RUNNING RUNNING")
connector.pause()
until("PAUSED PAUSED")
connector.resume()
until("RUNNING RUNNING")
connector.restart_all_tasks()
until("RUNNING RUNNING")
print("tasks:", [task.config["task.class"] for task in connector.tasks], [task.is_running() for task in connector.tasks])
print("config:", sorted(connector.config))
connector.delete()
print("listed:", name in cluster.connectors)
