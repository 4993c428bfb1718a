# The tutorial's sample, no longer. The SDK knows no port but 8883, so the client below it is told the hub's.
import os
import threading

import paho.mqtt.client as paho
from azure.iot.device import IoTHubDeviceClient, MethodResponse

connect = paho.Client.connect
paho.Client.connect = lambda self, host, port=8883, *rest, **named: connect(
    self, host, int(os.environ["PORT"]), *rest, **named
)

with open(os.environ["CA_FILE"]) as file:
    authority = file.read()
client = IoTHubDeviceClient.create_from_connection_string(
    os.environ["CONNECTION_STRING"].replace(f":{os.environ['PORT']}", ""),
    server_verification_cert=authority,
)


def answer(request):
    client.send_method_response(
        MethodResponse.create_from_method_request(request, 200, request.payload)
    )


client.on_method_request_received = answer
client.connect()
threading.Event().wait()
