/** A PUBLISH packet (MQTT 3.1.1, section 3.3), in one piece. `packetId` is of QoS 1 only. */
export function encodePublish(packet: {
  topic: string;
  payload: Buffer | string;
  qos: 0 | 1;
  packetId: number;
  isRepeat: boolean;
}): Buffer {
  const { topic, payload, qos } = packet;
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = Buffer.byteLength(payload);
  const restBytes = 2 + topicBytes + (qos === 0 ? 0 : 2) + payloadBytes;
  const length = remainingLength(restBytes);
  const bytes = Buffer.allocUnsafe(1 + length.length + restBytes);
  bytes[0] = (3 << 4) | (packet.isRepeat ? 0b1000 : 0) | (qos << 1);
  bytes.set(length, 1);
  let at = bytes.writeUInt16BE(topicBytes, 1 + length.length);
  at += bytes.write(topic, at);
  if (qos > 0) at = bytes.writeUInt16BE(packet.packetId, at);
  if (typeof payload === "string") bytes.write(payload, at);
  else payload.copy(bytes, at);
  return bytes;
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function remainingLength(length: number): number[] {
  const rest = Math.floor(length / 128);
  return rest === 0 ? [length] : [(length % 128) | 0x80, ...remainingLength(rest)];
}
