"""The life of a connector through kafka-connect-py. Prints what it was told."""

import sys
import time

from kafka_connect import KafkaConnect
from requests.exceptions import HTTPError

FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"

url, name, file = sys.argv[1:]
client = KafkaConnect(url=url)
config = {"connector.class": FILE_SOURCE, "tasks.max": 1, "file": file, "topic": name}


def states():
    status = client.get_connector_status(name)
    return " ".join(unit["state"] for unit in [status["connector"], *status["tasks"]])


def until(wanted):
    deadline = time.monotonic() + 30
    row = 0
    # A restart is under way only a moment after it was accepted.
    while row < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
        row = row + 1 if states() == wanted else 0
    print("states:", states())


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
until("RUNNING RUNNING")
print("expanded:", client.list_connectors(expand="status", pattern=name)[name]["status"]["type"])
client.pause_connector(name)
until("PAUSED PAUSED")
print("paused:", name in client.list_connectors(pattern=name, state="paused"))
client.resume_connector(name)
until("RUNNING RUNNING")
print("restarted:", client.restart_connector(name), client.restart_connector(name, include_tasks=True)["connector"]["state"])
until("RUNNING RUNNING")
print("updated:", client.update_connector(name, config | {"batch.size": 10})["config"]["batch.size"])
client.delete_connector(name)
print("absent:", refused(client.get_connector, name))
