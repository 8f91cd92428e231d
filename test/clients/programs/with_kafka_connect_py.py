"""The life of a connector through kafka-connect-py. Prints what it was told."""

import sys

from kafka_connect import KafkaConnect
from requests.exceptions import HTTPError

from waiting import until

FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"

url, name, file = sys.argv[1:]
client = KafkaConnect(url=url)
config = {"connector.class": FILE_SOURCE, "tasks.max": 1, "file": file, "topic": name}


def states():
    status = client.get_connector_status(name)
    return " ".join(unit["state"] for unit in [status["connector"], *status["tasks"]])


def refused(call, *arguments):
    try:
        call(*arguments)
    except HTTPError as error:
        return error.response.status_code
    return None


print("plugin:", FILE_SOURCE in [plugin["class"] for plugin in client.list_connector_plugins()])
print("errors:", client.validate_connector_config(FILE_SOURCE, config | {"name": name, "tasks.max": 0})["error_count"])
print("created:", client.create_connector({"name": name, "config": config})["config"]["tasks.max"])
print("again:", refused(client.create_connector, {"name": name, "config": config}))
until(states, "RUNNING RUNNING")
print("expanded:", client.list_connectors(expand="status", pattern=name)[name]["status"]["type"])
client.pause_connector(name)
until(states, "PAUSED PAUSED")
print("paused:", name in client.list_connectors(pattern=name, state="paused"))
client.resume_connector(name)
until(states, "RUNNING RUNNING")
print("restarted:", client.restart_connector(name), client.restart_connector(name, include_tasks=True)["connector"]["state"])
until(states, "RUNNING RUNNING")
print("updated:", client.update_connector(name, config | {"batch.size": 10})["config"]["batch.size"])
client.delete_connector(name)
print("absent:", refused(client.get_connector, name))
