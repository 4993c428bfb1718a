/* The least that a program in C does, with libmosquitto: cc -O2 echo.c -lmosquitto */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void subscribe(struct mosquitto *client, void *context, int code) {
  (void)context;
  if (code != 0) exit(1);
  mosquitto_subscribe(client, NULL, "$iothub/methods/POST/#", 0);
}

static void answer(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
  (void)context;
  const char *rid = strstr(message->topic, "$rid=");
  char topic[256];
  if (rid == NULL) return;
  snprintf(topic, sizeof topic, "$iothub/methods/res/200/?%s", rid);
  mosquitto_publish(client, NULL, topic, message->payloadlen, message->payload, 0, false);
}

int main(void) {
  const char *device = getenv("DEVICE_ID"), *port = getenv("PORT"), *ca = getenv("CA_FILE");
  char user[256];
  if (device == NULL || port == NULL || ca == NULL) return 64;
  snprintf(user, sizeof user, "localhost/%s/?api-version=2021-04-12", device);
  mosquitto_lib_init();
  struct mosquitto *client = mosquitto_new(device, true, NULL);
  if (client == NULL) return 1;
  mosquitto_username_pw_set(client, user, NULL);
  mosquitto_tls_set(client, ca, NULL, NULL, NULL, NULL);
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_connect_callback_set(client, subscribe);
  mosquitto_message_callback_set(client, answer);
  if (mosquitto_connect(client, "localhost", atoi(port), 60) != MOSQ_ERR_SUCCESS) return 1;
  return mosquitto_loop_forever(client, -1, 1) == MOSQ_ERR_SUCCESS ? 0 : 1;
}
