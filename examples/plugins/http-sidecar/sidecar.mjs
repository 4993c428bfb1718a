// The service behind plugin.yaml: METER_TOKEN=… PORT=8085 node sidecar.mjs
import { createServer } from "node:http";

const PULSES_PER_KILOWATT_HOUR = 1000;
const { METER_TOKEN: token, PORT: port = "8085", HOST: host = "127.0.0.1" } = process.env;
let pulses = 0;

const print = (line) => void process.stdout.write(`${line}\n`);
const energy = () => ({ pulses, kilowattHours: pulses / PULSES_PER_KILOWATT_HOUR });

// What `{method}` of the url becomes: the name of a method, or of a task.
const actions = {
  "meter.read": energy,
  "meter.add": (payload) => {
    // The agent has checked the payload against the schema.
    pulses += payload.pulses;
    return energy();
  },
  "meter.report": () => print(JSON.stringify(energy())),
};

const server = createServer(async (request, response) => {
  const answer = (status, payload) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(payload ?? null));
  };
  if (token === undefined || request.headers.authorization !== `Bearer ${token}`)
    return answer(401, { error: "the token is not the sidecar's METER_TOKEN" });
  const name = decodeURIComponent(request.url.slice(1));
  if (!Object.hasOwn(actions, name)) return answer(404, { error: `there is no ${name}` });
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  answer(200, actions[name](JSON.parse(body)));
});

server.listen(Number(port), host, () => print(`listening on port ${server.address().port}`));
process.once("SIGTERM", () => server.close());
